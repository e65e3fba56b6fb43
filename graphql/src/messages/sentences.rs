//! What is said beside the domain's refusals: why a request was not answered.

use super::Language;
use tributary_domain::Position;

macro_rules! sentences {
    ($( $(#[$meta:meta])* $name:ident $([ $( $field:ident: $ty:ty ),+ ])? {
        en: $en:literal,
        fr: $fr:literal,
        vi: $vi:literal $(,)?
    } )*) => {
        /// Something that is said to whoever asked. What stands in it is part of the sentence in every
        /// language.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Sentence {
            $( $(#[$meta])* $name $({ $(
                #[doc = concat!("Stands in the sentence as `", stringify!($field), "`.")]
                $field: $ty,
            )+ })?, )*
        }

        impl Sentence {
            /// The sentence in a language.
            pub fn say(&self, language: Language) -> String {
                match self { $(
                    Self::$name $({ $( $field ),+ })? => match language {
                        Language::English => format!($en),
                        Language::French => format!($fr),
                        Language::Vietnamese => format!($vi),
                    },
                )* }
            }
        }
    };
}

sentences! {
    // How a publisher does
    /// Nothing came for a while.
    HealthGaps {
        en: "nothing came for more than a second: look at your connection, or lower the bitrate",
        fr: "rien n'est arrivé pendant plus d'une seconde : vérifiez votre connexion ou baissez le débit",
        vi: "không nhận được gì trong hơn một giây: hãy kiểm tra kết nối hoặc giảm bitrate",
    }
    /// Only sound comes.
    HealthNoPicture {
        en: "no picture comes: is a video source chosen?",
        fr: "aucune image n'arrive : une source vidéo est-elle choisie ?",
        vi: "không có hình: bạn đã chọn nguồn video chưa?",
    }
    /// Only pictures come.
    HealthNoSound {
        en: "no sound comes: is an audio source chosen, and not muted?",
        fr: "aucun son n'arrive : une source audio est-elle choisie, et non coupée ?",
        vi: "không có tiếng: bạn đã chọn nguồn âm thanh và bỏ tắt tiếng chưa?",
    }
    /// Key frames are too far apart.
    HealthKeyFramesRare {
        en: "key frames are more than 4 s apart: set the key-frame interval to 2 s, so that viewers need not wait for a picture",
        fr: "les images clés sont espacées de plus de 4 s : réglez l'intervalle sur 2 s, pour que les spectateurs n'attendent pas l'image",
        vi: "khung hình khóa cách nhau hơn 4 giây: hãy đặt khoảng cách là 2 giây để người xem không phải chờ hình",
    }
    /// Fewer pictures come than were announced.
    HealthFramesMissing {
        en: "fewer frames come than the encoder promises: it is overloaded; lower the resolution, the frame rate or the preset",
        fr: "il arrive moins d'images que l'encodeur n'en annonce : il est surchargé ; baissez la résolution, la cadence ou le préréglage",
        vi: "số khung hình ít hơn bộ mã hóa thông báo: nó đang quá tải; hãy giảm độ phân giải, tốc độ khung hình hoặc preset",
    }
    /// It comes slower than real time.
    HealthTooSlow {
        en: "the video comes slower than real time: the bitrate is more than your connection carries",
        fr: "la vidéo arrive plus lentement que le temps réel : le débit dépasse ce que porte votre connexion",
        vi: "video đến chậm hơn thời gian thực: bitrate vượt quá khả năng kết nối của bạn",
    }
    /// Sound and picture are apart.
    HealthSoundApart {
        en: "sound and picture are more than half a second apart: check the sync offset of your sources",
        fr: "le son et l'image sont décalés de plus d'une demi-seconde : vérifiez le décalage de synchronisation de vos sources",
        vi: "tiếng và hình lệch nhau hơn nửa giây: hãy kiểm tra độ lệch đồng bộ của các nguồn",
    }

    // Who asks
    /// Nobody is signed in.
    NotSignedIn {
        en: "log in first: this needs an access token",
        fr: "connectez-vous d'abord : il faut un jeton d'accès",
        vi: "hãy đăng nhập trước: việc này cần mã truy cập",
    }
    /// The token is not one of ours.
    TokenInvalid {
        en: "this access token is not valid; log in again",
        fr: "ce jeton d'accès n'est pas valable ; reconnectez-vous",
        vi: "mã truy cập này không hợp lệ; hãy đăng nhập lại",
    }
    /// The token's time is over.
    TokenExpired {
        en: "this access token has expired; refresh the session",
        fr: "ce jeton d'accès a expiré ; renouvelez la session",
        vi: "mã truy cập này đã hết hạn; hãy làm mới phiên",
    }
    /// Another kind of authorization.
    NotBearer {
        en: "the authorization must be `Bearer` and an access token",
        fr: "l'autorisation doit être `Bearer` suivi d'un jeton d'accès",
        vi: "thông tin xác thực phải là `Bearer` kèm theo mã truy cập",
    }
    /// A day is not written as one.
    NotADay {
        en: "a day is written like 2027-01-14",
        fr: "un jour s'écrit comme 2027-01-14",
        vi: "ngày được viết như 2027-01-14",
    }
    /// The authorization is no text.
    AuthorizationNotText {
        en: "the authorization is not a text",
        fr: "l'autorisation n'est pas un texte",
        vi: "thông tin xác thực không phải là văn bản",
    }

    /// The session that the token belongs to is over.
    SessionClosed {
        en: "this session was closed; log in again",
        fr: "cette session a été fermée ; reconnectez-vous",
        vi: "phiên này đã bị đóng; hãy đăng nhập lại",
    }
    /// The account is no more.
    AccountErased {
        en: "this account was erased",
        fr: "ce compte a été effacé",
        vi: "tài khoản này đã bị xóa",
    }
    /// An admin keeps the account from the platform.
    AccountSuspended {
        en: "this account is suspended",
        fr: "ce compte est suspendu",
        vi: "tài khoản này đang bị đình chỉ",
    }
    /// What only admins see.
    AdminsOnly {
        en: "only admins see this; ask about a channel that you moderate",
        fr: "seuls les administrateurs voient ceci ; interrogez une chaîne que vous modérez",
        vi: "chỉ quản trị viên mới xem được; hãy hỏi về kênh mà bạn điều hành",
    }
    /// What only a channel's staff sees.
    StaffOnly {
        en: "only the channel's owner, its moderators and admins see what its staff does",
        fr: "seuls le propriétaire de la chaîne, ses modérateurs et les administrateurs voient ce que fait son équipe",
        vi: "chỉ chủ kênh, người điều hành và quản trị viên mới xem được việc đội ngũ của kênh làm",
    }

    // What is asked for
    /// A page of no size, or of more items than there are on one.
    PageSize [field: String, most: i32] {
        en: "`{field}` must be from 1 to {most}",
        fr: "`{field}` doit être compris entre 1 et {most}",
        vi: "`{field}` phải từ 1 đến {most}",
    }
    /// A cursor that no list gave.
    NotACursor [field: String] {
        en: "`{field}` is not a cursor of this list",
        fr: "`{field}` n'est pas un curseur de cette liste",
        vi: "`{field}` không phải là con trỏ của danh sách này",
    }
    /// A cursor of the list in another order.
    CursorOfAnotherOrder [field: String] {
        en: "`{field}` is a cursor of the list in another order",
        fr: "`{field}` est un curseur de la liste dans un autre ordre",
        vi: "`{field}` là con trỏ của danh sách theo thứ tự khác",
    }
    /// An id that is none.
    NotAnId [field: String] {
        en: "`{field}` is not an id of this server",
        fr: "`{field}` n'est pas un identifiant de ce serveur",
        vi: "`{field}` không phải là mã định danh của máy chủ này",
    }
    /// An id of another type.
    IdOfAnotherType [field: String, wanted: &'static str] {
        en: "`{field}` must be the id of a {wanted}",
        fr: "`{field}` doit être l'identifiant d'un objet {wanted}",
        vi: "`{field}` phải là mã định danh của một {wanted}",
    }
    /// Two arguments of which exactly one is wanted.
    ExactlyOneOf [one: &'static str, other: &'static str] {
        en: "give exactly one of `{one}` and `{other}`",
        fr: "donnez soit `{one}`, soit `{other}`, et pas les deux",
        vi: "hãy chỉ định đúng một trong hai: `{one}` hoặc `{other}`",
    }
    /// A filter with a zero byte, which no database takes.
    ZeroByte [field: String] {
        en: "`{field}` must not contain zero bytes",
        fr: "`{field}` ne doit pas contenir d'octet nul",
        vi: "`{field}` không được chứa byte rỗng",
    }
    /// There is no such channel.
    NoSuchChannel {
        en: "there is no such channel",
        fr: "cette chaîne n'existe pas",
        vi: "không có kênh này",
    }
    /// There is no such stream.
    NoSuchStream {
        en: "there is no such stream",
        fr: "ce direct n'existe pas",
        vi: "không có buổi phát này",
    }

    /// Only who has a role.
    NotForYou {
        en: "you may not see this",
        fr: "vous n'avez pas le droit de voir cela",
        vi: "bạn không được phép xem nội dung này",
    }
    /// The past of what is somebody else's.
    PastOfOthers {
        en: "only its owner and admins see what was so in the past",
        fr: "seuls son propriétaire et les administrateurs voient ce qui était vrai dans le passé",
        vi: "chỉ chủ sở hữu và quản trị viên mới xem được trạng thái trong quá khứ",
    }
    /// A text that is no currency.
    NotACurrency {
        en: "`currency` must be an ISO 4217 code such as USD",
        fr: "`currency` doit être un code ISO 4217 tel que USD",
        vi: "`currency` phải là một mã ISO 4217 như USD",
    }
    /// A moment that is still to come.
    StillToCome [head: Position] {
        en: "`asOf` is in the future; the newest event is at position {head}",
        fr: "`asOf` est dans le futur ; le dernier événement est à la position {head}",
        vi: "`asOf` nằm trong tương lai; sự kiện mới nhất ở vị trí {head}",
    }
    /// A moment before anything happened.
    BeforeTheBeginning {
        en: "`asOf` lies before the first event of this log",
        fr: "`asOf` précède le premier événement de ce journal",
        vi: "`asOf` nằm trước sự kiện đầu tiên của nhật ký này",
    }
    /// More events than are folded for one answer.
    HistoryTooLong [most: usize] {
        en: "its history up to then has more than {most} events, which is the most that is folded for one answer",
        fr: "son histoire jusque-là compte plus de {most} événements, le maximum pour une réponse",
        vi: "lịch sử của nó đến lúc đó có hơn {most} sự kiện, vượt quá mức tối đa cho một câu trả lời",
    }
    /// A field that is no fold of the aggregate.
    NotAsOf [field: &'static str] {
        en: "`{field}` is not known as of a past moment; ask for it without `asOf`",
        fr: "`{field}` n'est pas connu pour un moment passé ; demandez-le sans `asOf`",
        vi: "không có `{field}` của một thời điểm trong quá khứ; hãy hỏi mà không dùng `asOf`",
    }
    /// Too many look into the past at once.
    TooManyPasts {
        en: "too many others are reading the past at this moment; try again shortly",
        fr: "trop d'autres lisent le passé en ce moment ; réessayez bientôt",
        vi: "hiện có quá nhiều người đang đọc dữ liệu quá khứ; hãy thử lại sau ít phút",
    }
    /// A text that names no aggregate.
    NotAnAggregate [field: &'static str] {
        en: "`{field}` must be a global id, or a kind and an id such as `stream:019c1610-0000-7000-8000-000000000000`",
        fr: "`{field}` doit être un identifiant global, ou un genre et un identifiant tels que `stream:019c1610-0000-7000-8000-000000000000`",
        vi: "`{field}` phải là mã định danh toàn cục, hoặc loại kèm mã như `stream:019c1610-0000-7000-8000-000000000000`",
    }
    /// A filter with more names of events than are looked for.
    TooManyTypes [most: usize] {
        en: "`types` may have at most {most} names, of at most {most} characters each",
        fr: "`types` peut avoir {most} noms au plus, de {most} caractères chacun au plus",
        vi: "`types` chỉ được có tối đa {most} tên, mỗi tên tối đa {most} ký tự",
    }

    // The request
    /// A request of another media type.
    NotJson {
        en: "send the request as `content-type: application/json`",
        fr: "envoyez la requête avec `content-type: application/json`",
        vi: "hãy gửi yêu cầu với `content-type: application/json`",
    }
    /// Over the limit of a body.
    BodyTooLarge [most: usize] {
        en: "the request is too large: at most {most} bytes are allowed",
        fr: "la requête est trop grande : {most} octets au plus sont autorisés",
        vi: "yêu cầu quá lớn: chỉ được tối đa {most} byte",
    }
    /// The body broke off.
    BodyUnreadable {
        en: "the request's body could not be read",
        fr: "le corps de la requête n'a pas pu être lu",
        vi: "không đọc được nội dung của yêu cầu",
    }
    /// The body did not come in time.
    BodyTooSlow {
        en: "the request's body took too long to arrive",
        fr: "le corps de la requête a mis trop de temps à arriver",
        vi: "nội dung của yêu cầu đến quá chậm",
    }
    /// An array of requests.
    NoBatches {
        en: "batches are not taken: send one operation at a time",
        fr: "les lots ne sont pas acceptés : envoyez une opération à la fois",
        vi: "không nhận yêu cầu theo lô: hãy gửi từng thao tác một",
    }
    /// A body that is no object.
    NotAnObject {
        en: "the request must be a JSON object with a `query`",
        fr: "la requête doit être un objet JSON avec un champ `query`",
        vi: "yêu cầu phải là một đối tượng JSON có trường `query`",
    }
    /// An object that is no request.
    NotARequest [detail: String] {
        en: "the request is not a GraphQL request: {detail}",
        fr: "la requête n'est pas une requête GraphQL : {detail}",
        vi: "yêu cầu không phải là yêu cầu GraphQL: {detail}",
    }
    /// Another charset.
    NotUtf8 {
        en: "send the request in UTF-8; no other charset is read",
        fr: "envoyez la requête en UTF-8 ; aucun autre jeu de caractères n'est lu",
        vi: "hãy gửi yêu cầu bằng UTF-8; không đọc bảng mã nào khác",
    }
    /// A body that is packed.
    ContentEncoded {
        en: "send the request as it is: content encodings are not read",
        fr: "envoyez la requête telle quelle : les contenus encodés ne sont pas lus",
        vi: "hãy gửi yêu cầu nguyên trạng: không đọc nội dung được mã hoá",
    }
    /// An answer of another media type.
    NotAcceptable {
        en: "answers are `application/graphql-response+json`, `application/json` or, for subscriptions, `text/event-stream`: accept one of them",
        fr: "les réponses sont en `application/graphql-response+json`, `application/json` ou, pour les abonnements, `text/event-stream` : acceptez l'un d'eux",
        vi: "câu trả lời có dạng `application/graphql-response+json`, `application/json` hoặc, với đăng ký theo dõi, `text/event-stream`: hãy chấp nhận một trong số đó",
    }
    /// Another method.
    OtherMethod {
        en: "send queries by GET or POST and mutations by POST to /graphql",
        fr: "envoyez les requêtes par GET ou POST et les mutations par POST à /graphql",
        vi: "hãy gửi truy vấn bằng GET hoặc POST và mutation bằng POST tới /graphql",
    }
    /// A GET that would change something.
    MutationByGet {
        en: "a mutation goes by POST: a GET must not change anything",
        fr: "une mutation passe par POST : un GET ne doit rien changer",
        vi: "mutation phải gửi bằng POST: GET không được thay đổi gì",
    }
    /// A subscription where there is one answer only.
    SubscriptionElsewhere {
        en: "subscriptions go over the WebSocket at /graphql/ws, or are asked for as `text/event-stream`, one to a request",
        fr: "les abonnements passent par le WebSocket de /graphql/ws, ou se demandent en `text/event-stream`, un par requête",
        vi: "đăng ký theo dõi đi qua WebSocket tại /graphql/ws, hoặc được yêu cầu dưới dạng `text/event-stream`, mỗi yêu cầu một đăng ký",
    }
    /// A GET that another site's page may have caused.
    CrossSite {
        en: "a browser's GET needs a header that no other site's page can add: send `apollo-require-preflight: 1` (any value will do), or POST JSON",
        fr: "le GET d'un navigateur a besoin d'un en-tête que la page d'un autre site ne peut pas ajouter : envoyez `apollo-require-preflight: 1` (toute valeur convient), ou du JSON par POST",
        vi: "GET của trình duyệt cần một header mà trang của site khác không thể thêm: hãy gửi `apollo-require-preflight: 1` (giá trị nào cũng được), hoặc POST JSON",
    }
    /// Parameters that are none.
    UrlUnreadable {
        en: "the parameters of the URL cannot be read",
        fr: "les paramètres de l'URL sont illisibles",
        vi: "không đọc được các tham số của URL",
    }
    /// A parameter that is there twice.
    GivenTwice [name: String] {
        en: "`{name}` is given twice",
        fr: "`{name}` est donné deux fois",
        vi: "`{name}` được đưa ra hai lần",
    }
    /// A parameter that must be a string.
    NotAString [name: &'static str] {
        en: "`{name}` must be a string",
        fr: "`{name}` doit être une chaîne",
        vi: "`{name}` phải là một chuỗi",
    }
    /// A parameter that must be an object.
    NotAMap [name: &'static str] {
        en: "`{name}` must be an object",
        fr: "`{name}` doit être un objet",
        vi: "`{name}` phải là một đối tượng",
    }
    /// A batch of none, or of too many.
    BatchSize [most: usize, found: usize] {
        en: "a batch has 1 to {most} operations; this one has {found}",
        fr: "un lot compte de 1 à {most} opérations ; celui-ci en a {found}",
        vi: "một lô có từ 1 đến {most} thao tác; lô này có {found}",
    }
    /// An extension that is malformed.
    NotAPersistedQuery {
        en: "`extensions.persistedQuery` must have `version` 1 and `sha256Hash`, the query's SHA-256 as 64 hexadecimal digits",
        fr: "`extensions.persistedQuery` doit avoir `version` 1 et `sha256Hash`, le SHA-256 de la requête en 64 chiffres hexadécimaux",
        vi: "`extensions.persistedQuery` phải có `version` 1 và `sha256Hash`, là SHA-256 của truy vấn gồm 64 chữ số thập lục phân",
    }
    /// A hash and a text that do not belong together.
    HashOfAnotherQuery {
        en: "`extensions.persistedQuery.sha256Hash` is not the SHA-256 of `query`",
        fr: "`extensions.persistedQuery.sha256Hash` n'est pas le SHA-256 de `query`",
        vi: "`extensions.persistedQuery.sha256Hash` không phải là SHA-256 của `query`",
    }
    /// A hash whose text is not known. The words are the protocol's, and clients look for them.
    PersistedQueryNotFound {
        en: "PersistedQueryNotFound",
        fr: "PersistedQueryNotFound",
        vi: "PersistedQueryNotFound",
    }
    /// Something else than a socket was asked for.
    NoSocket {
        en: "this is a WebSocket: connect to it with the subprotocol graphql-transport-ws",
        fr: "ceci est un WebSocket : connectez-vous avec le sous-protocole graphql-transport-ws",
        vi: "đây là WebSocket: hãy kết nối bằng giao thức con graphql-transport-ws",
    }
    /// A socket of another version.
    SocketVersion {
        en: "only version 13 of WebSocket is spoken here",
        fr: "seule la version 13 de WebSocket est parlée ici",
        vi: "ở đây chỉ dùng WebSocket phiên bản 13",
    }
    /// A handshake without its key.
    SocketKey {
        en: "sec-websocket-key must be 16 bytes in base64",
        fr: "sec-websocket-key doit compter 16 octets en base64",
        vi: "sec-websocket-key phải là 16 byte ở dạng base64",
    }
    /// A request without a query.
    NoQuery {
        en: "the request has no `query`",
        fr: "la requête n'a pas de champ `query`",
        vi: "yêu cầu không có `query`",
    }

    // Limits
    /// A query that is too long.
    QueryTooLong [bytes: usize, most: usize] {
        en: "the query has {bytes} bytes; at most {most} are allowed",
        fr: "la requête compte {bytes} octets ; {most} au plus sont autorisés",
        vi: "truy vấn có {bytes} byte; chỉ được tối đa {most} byte",
    }
    /// Brackets within brackets.
    NestsTooDeep [most: usize] {
        en: "the query nests brackets deeper than {most} levels",
        fr: "la requête imbrique des parenthèses sur plus de {most} niveaux",
        vi: "truy vấn lồng ngoặc sâu hơn {most} cấp",
    }
    /// Fields within fields.
    TooDeep [most: usize] {
        en: "the query has more than {most} levels of fields, which is the most allowed",
        fr: "la requête a plus de {most} niveaux de champs, ce qui est le maximum",
        vi: "truy vấn có nhiều hơn {most} cấp trường, vượt quá mức cho phép",
    }
    /// Fields in all.
    TooManyFields [most: usize] {
        en: "the query has more than {most} fields, which is the most allowed",
        fr: "la requête a plus de {most} champs, ce qui est le maximum",
        vi: "truy vấn có nhiều hơn {most} trường, vượt quá mức cho phép",
    }
    /// Fields under another name.
    TooManyAliases [most: usize] {
        en: "the query has more than {most} aliases, which is the most allowed",
        fr: "la requête a plus de {most} alias, ce qui est le maximum",
        vi: "truy vấn có nhiều hơn {most} bí danh, vượt quá mức cho phép",
    }
    /// Fields at the root.
    TooManyRoots [most: usize] {
        en: "the query has more than {most} fields at the root, which is the most allowed",
        fr: "la requête a plus de {most} champs à la racine, ce qui est le maximum",
        vi: "truy vấn có nhiều hơn {most} trường ở gốc, vượt quá mức cho phép",
    }
    /// Directives on anything.
    TooManyDirectives [most: usize] {
        en: "the query has more than {most} directives, which is the most allowed",
        fr: "la requête a plus de {most} directives, ce qui est le maximum",
        vi: "truy vấn có nhiều hơn {most} chỉ thị (directive), vượt quá mức cho phép",
    }
    /// Operations in one document.
    QueryOfOperations [most: usize] {
        en: "the query has more than {most} operations",
        fr: "la requête a plus de {most} opérations",
        vi: "truy vấn có nhiều hơn {most} thao tác",
    }
    /// Tokens of a query.
    TooManyTokens [most: usize] {
        en: "the query has more than {most} tokens, which is the most allowed",
        fr: "la requête a plus de {most} mots et signes, ce qui est le maximum",
        vi: "truy vấn có nhiều hơn {most} từ tố (token), vượt quá mức cho phép",
    }
    /// A name or number without an end.
    WordTooLong [most: usize] {
        en: "a name or number in the query is longer than {most} characters",
        fr: "un nom ou un nombre de la requête dépasse {most} caractères",
        vi: "một tên hoặc số trong truy vấn dài hơn {most} ký tự",
    }
    /// Types of fields of types of fields.
    IntrospectionTooDeep {
        en: "the query asks too much of the schema at once: types of fields of types of fields",
        fr: "la requête demande trop au schéma à la fois : des types de champs de types de champs",
        vi: "truy vấn hỏi lược đồ quá nhiều cùng lúc: kiểu của trường của kiểu của trường",
    }
    /// Variables within variables.
    VariablesNestTooDeep [most: usize] {
        en: "the variables nest deeper than {most} levels",
        fr: "les variables s'imbriquent sur plus de {most} niveaux",
        vi: "các biến lồng nhau sâu hơn {most} cấp",
    }
    /// Values in variables.
    TooManyValues [most: usize] {
        en: "the variables have more than {most} values, which is the most allowed",
        fr: "les variables ont plus de {most} valeurs, ce qui est le maximum",
        vi: "các biến có nhiều hơn {most} giá trị, vượt quá mức cho phép",
    }
    /// Items of a list.
    ListTooLong [most: usize] {
        en: "a list has more than {most} items, which is the most allowed",
        fr: "une liste a plus de {most} éléments, ce qui est le maximum",
        vi: "một danh sách có nhiều hơn {most} mục, vượt quá mức cho phép",
    }
    /// A variable that is not there.
    VariableMissing [place: String, wanted: String] {
        en: "the variable {place} is missing; it is of type {wanted}",
        fr: "la variable {place} manque ; elle est de type {wanted}",
        vi: "thiếu biến {place}; biến này có kiểu {wanted}",
    }
    /// A variable of another type.
    VariableOfAnotherType [place: String, wanted: String] {
        en: "the variable {place} must be of type {wanted}",
        fr: "la variable {place} doit être de type {wanted}",
        vi: "biến {place} phải có kiểu {wanted}",
    }
    /// A variable that is no value of an enum.
    VariableIsNoValue [place: String, name: String] {
        en: "the variable {place} is no value of {name}",
        fr: "la variable {place} n'est pas une valeur de {name}",
        vi: "biến {place} không phải là giá trị của {name}",
    }
    /// A field that an input does not have.
    VariableIsNoField [place: String, name: String] {
        en: "the variable {place} is no field of {name}",
        fr: "la variable {place} n'est pas un champ de {name}",
        vi: "biến {place} không phải là trường của {name}",
    }
    /// Fragments.
    TooManyFragments [most: usize] {
        en: "the query has more than {most} fragments",
        fr: "la requête a plus de {most} fragments",
        vi: "truy vấn có nhiều hơn {most} đoạn (fragment)",
    }
    /// A fragment over a limit.
    FragmentTooLarge [name: String] {
        en: "the fragment {name} is larger than a query may be",
        fr: "le fragment {name} est plus grand qu'une requête n'a le droit de l'être",
        vi: "đoạn (fragment) {name} lớn hơn mức cho phép của một truy vấn",
    }
    /// All of it together.
    TooComplex {
        en: "the query asks for too much at once; ask for fewer items or fewer fields",
        fr: "la requête demande trop à la fois ; demandez moins d'éléments ou moins de champs",
        vi: "truy vấn yêu cầu quá nhiều cùng lúc; hãy yêu cầu ít mục hoặc ít trường hơn",
    }
    /// Two subscriptions in one.
    OneSubscriptionField {
        en: "a subscription has exactly one field at its root",
        fr: "un abonnement a exactement un champ à sa racine",
        vi: "một đăng ký theo dõi (subscription) có đúng một trường ở gốc",
    }
    /// Too many operations on a socket.
    TooManyOperations [most: usize] {
        en: "a socket carries at most {most} operations at once",
        fr: "un socket porte au plus {most} opérations à la fois",
        vi: "một socket chỉ mang tối đa {most} thao tác cùng lúc",
    }
    /// A follower was too slow.
    Lagged [cursor: String] {
        en: "this subscription fell too far behind; subscribe again with `after: \"{cursor}\"`",
        fr: "cet abonnement a pris trop de retard ; abonnez-vous de nouveau avec `after: \"{cursor}\"`",
        vi: "đăng ký này đã tụt lại quá xa; hãy đăng ký lại với `after: \"{cursor}\"`",
    }
    /// Too many passwords at once.
    TooManyPasswords {
        en: "too many passwords are being checked at once; try again in a moment",
        fr: "trop de mots de passe sont vérifiés en même temps ; réessayez dans un instant",
        vi: "đang có quá nhiều mật khẩu được kiểm tra cùng lúc; hãy thử lại sau giây lát",
    }

    /// Too many requests.
    TooManyRequests [most: u32, seconds: u64, wait: u32] {
        en: "too many requests: {most} are allowed in {seconds} s; try again in {wait} s",
        fr: "trop de requêtes : {most} sont autorisées en {seconds} s ; réessayez dans {wait} s",
        vi: "quá nhiều yêu cầu: chỉ được {most} trong {seconds} giây; hãy thử lại sau {wait} giây",
    }
    /// Too many chat messages.
    TooManyMessages [most: u32, seconds: u64, wait: u32] {
        en: "too many chat messages: {most} are allowed in {seconds} s; try again in {wait} s",
        fr: "trop de messages : {most} sont autorisés en {seconds} s ; réessayez dans {wait} s",
        vi: "quá nhiều tin nhắn: chỉ được {most} trong {seconds} giây; hãy thử lại sau {wait} giây",
    }
    /// Too many sockets opened.
    TooManySockets [most: u32, seconds: u64, wait: u32] {
        en: "too many new sockets: {most} are allowed in {seconds} s; try again in {wait} s",
        fr: "trop de nouveaux sockets : {most} sont autorisés en {seconds} s ; réessayez dans {wait} s",
        vi: "quá nhiều socket mới: chỉ được {most} trong {seconds} giây; hãy thử lại sau {wait} giây",
    }
    /// Too many requests for video.
    TooManyVideos [most: u32, seconds: u64, wait: u32] {
        en: "too many requests for video: {most} are allowed in {seconds} s; try again in {wait} s",
        fr: "trop de demandes de vidéo : {most} sont autorisées en {seconds} s ; réessayez dans {wait} s",
        vi: "quá nhiều yêu cầu xem video: chỉ được {most} trong {seconds} giây; hãy thử lại sau {wait} giây",
    }
    /// A question that took too long.
    TimedOut [seconds: u64] {
        en: "this took longer than {seconds} s and was given up; ask for less at once",
        fr: "cela a pris plus de {seconds} s et a été abandonné ; demandez moins à la fois",
        vi: "việc này mất hơn {seconds} giây và đã bị bỏ dở; hãy yêu cầu ít hơn mỗi lần",
    }

    // GraphQL itself, which speaks English
    /// A string without its end.
    StringNotClosed {
        en: "a string in the query is not closed",
        fr: "une chaîne de la requête n'est pas fermée",
        vi: "một chuỗi trong truy vấn chưa được đóng",
    }
    /// A fragment within itself.
    FragmentSpreadsItself [name: String] {
        en: "the fragment {name} spreads itself",
        fr: "le fragment {name} se contient lui-même",
        vi: "đoạn (fragment) {name} tự chứa chính nó",
    }
    /// What the parser says.
    NotGraphql [detail: String] {
        en: "{detail}",
        fr: "la requête n'est pas du GraphQL : {detail}",
        vi: "truy vấn không đúng cú pháp GraphQL: {detail}",
    }
    /// What the validation says.
    NotOfThisSchema [detail: String] {
        en: "{detail}",
        fr: "la requête ne convient pas à ce schéma : {detail}",
        vi: "truy vấn không khớp với lược đồ này: {detail}",
    }
    /// A value that does not fit its type.
    NotOfThisType [detail: String] {
        en: "{detail}",
        fr: "une valeur ne convient pas à son type : {detail}",
        vi: "một giá trị không đúng kiểu: {detail}",
    }

    // The server
    /// Too many commands are waiting.
    Overloaded {
        en: "too many commands are waiting; try again in a moment",
        fr: "trop de commandes attendent ; réessayez dans un instant",
        vi: "có quá nhiều lệnh đang chờ; hãy thử lại sau giây lát",
    }
    /// Nothing can be done at the moment.
    Unavailable {
        en: "the server cannot do this at the moment; try again shortly",
        fr: "le serveur ne peut pas faire cela pour le moment ; réessayez bientôt",
        vi: "máy chủ hiện không thể làm việc này; hãy thử lại sau ít phút",
    }
    /// Lost at the commit.
    UnknownOutcome {
        en: "it is not known whether this was carried out; ask again with the same clientMutationId to find out",
        fr: "on ne sait pas si cela a été exécuté ; redemandez avec le même clientMutationId pour le savoir",
        vi: "chưa rõ việc này đã được thực hiện hay chưa; hãy hỏi lại với cùng clientMutationId để biết",
    }
    /// `atLeast` was not reached.
    NotYet [wanted: Position, reached: Position] {
        en: "position {wanted} is not readable yet, the read models are at {reached}; try again shortly",
        fr: "la position {wanted} n'est pas encore lisible, les lectures en sont à {reached} ; réessayez bientôt",
        vi: "vị trí {wanted} chưa đọc được, dữ liệu đọc đang ở {reached}; hãy thử lại sau ít phút",
    }
    /// A defect.
    Internal {
        en: "the server failed; its log says why",
        fr: "le serveur a échoué ; son journal dit pourquoi",
        vi: "máy chủ gặp lỗi; nhật ký của máy chủ cho biết lý do",
    }
}
