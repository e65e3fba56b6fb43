//! The sentences of refusals, by code. A name in braces is an argument of the refusal; the domain's
//! catalogue says which there are.

use super::Language;
use chrono::SecondsFormat;
use tributary_domain::rejection::Argument;
use tributary_domain::text::Characters;

/// Name or password are wrong. This and the next two are the API's own: no rule of the domain knows them.
pub(crate) const WRONG_CREDENTIALS: &str = "WRONG_CREDENTIALS";
/// The client's id for a mutation was used before.
pub(crate) const ID_REUSED: &str = "ID_REUSED";
/// A mutation that moves money has no id.
pub(crate) const ID_MISSING: &str = "ID_MISSING";

macro_rules! refusals {
    ($( $code:literal $([ $($argument:ident),+ ])? {
        en: $en:literal,
        fr: $fr:literal,
        vi: $vi:literal $(,)?
    } )*) => {
        /// Every code that has sentences, with the arguments that these name.
        #[cfg(test)]
        const CATALOGUE: &[(&str, &[&str])] = &[ $( ($code, &[ $($( stringify!($argument) ),+)? ]) ),* ];

        /// The sentence of a code; `None` where there is none.
        pub(super) fn say(
            code: &str,
            arguments: &[(&'static str, Argument)],
            language: Language,
        ) -> Option<String> {
            match code {
                $( $code => {
                    $($( let $argument = named(arguments, stringify!($argument), language); )+)?
                    Some(match language {
                        Language::English => format!($en),
                        Language::French => format!($fr),
                        Language::Vietnamese => format!($vi),
                    })
                } )*
                _ => None,
            }
        }
    };
}

/// An argument, as a sentence shows it.
fn named(arguments: &[(&'static str, Argument)], name: &str, language: Language) -> String {
    let argument = arguments.iter().find(|(known, _)| *known == name);
    match argument {
        Some((_, Argument::Characters(characters))) => of_characters(*characters, language).into(),
        Some((_, Argument::Moment(moment))) => moment.to_rfc3339_opts(SecondsFormat::Secs, true),
        Some((_, argument)) => argument.to_string(),
        // A test keeps this from happening.
        None => "?".to_owned(),
    }
}

fn of_characters(characters: Characters, language: Language) -> &'static str {
    match (characters, language) {
        (Characters::Printable, Language::English) => "text without control characters",
        (Characters::Printable, Language::French) => "du texte sans caractères de contrôle",
        (Characters::Printable, Language::Vietnamese) => "văn bản không có ký tự điều khiển",
        (Characters::OfNames, Language::English) => "the letters a to z, digits, _ and -",
        (Characters::OfNames, Language::French) => "les lettres de a à z, les chiffres, _ et -",
        (Characters::OfNames, Language::Vietnamese) => "các chữ cái từ a đến z, chữ số, _ và -",
    }
}

refusals! {
    // Texts
    "EMPTY" [field] {
        en: "{field} must not be empty",
        fr: "{field} ne doit pas être vide",
        vi: "{field} không được để trống",
    }
    "TOO_LONG" [field, limit, length] {
        en: "{field} has {length} characters; at most {limit} are allowed",
        fr: "{field} compte {length} caractères ; {limit} au plus sont autorisés",
        vi: "{field} có {length} ký tự; chỉ được tối đa {limit} ký tự",
    }
    "TOO_SHORT" [field, limit] {
        en: "{field} needs at least {limit} characters",
        fr: "{field} doit compter au moins {limit} caractères",
        vi: "{field} cần có ít nhất {limit} ký tự",
    }
    "BAD_CHARACTER" [field, allowed] {
        en: "{field} takes only {allowed}",
        fr: "{field} n'accepte que {allowed}",
        vi: "{field} chỉ nhận {allowed}",
    }
    "TOO_MANY_BYTES" [limit, length] {
        en: "text has {length} bytes; at most {limit} are allowed",
        fr: "text compte {length} octets ; {limit} au plus sont autorisés",
        vi: "text có {length} byte; chỉ được tối đa {limit} byte",
    }
    "STACKED_MARKS" [limit] {
        en: "text has more than {limit} marks on one character",
        fr: "text porte plus de {limit} signes sur un même caractère",
        vi: "text có hơn {limit} dấu trên cùng một ký tự",
    }
    "TOO_MANY_LINES" [limit] {
        en: "text may have at most {limit} lines",
        fr: "text peut avoir {limit} lignes au plus",
        vi: "text chỉ được có tối đa {limit} dòng",
    }
    "HIDDEN_CHARACTER" {
        en: "text has a character that cannot be seen, or that turns the direction of what follows; remove it",
        fr: "text contient un caractère invisible, ou qui inverse le sens de ce qui suit ; retirez-le",
        vi: "text có ký tự không nhìn thấy được hoặc làm đảo hướng phần chữ theo sau; hãy bỏ nó đi",
    }
    "NOT_AN_EMOJI" {
        en: "emoji must be one emoji and nothing else",
        fr: "emoji doit être un seul émoji et rien d'autre",
        vi: "emoji phải là đúng một biểu tượng cảm xúc",
    }
    "REPEATED_TEXT" [times, seconds, retry_after] {
        en: "the same text may be sent {times} times in {seconds} seconds; try again in {retry_after} s, or say something else",
        fr: "le même texte peut être envoyé {times} fois en {seconds} secondes ; réessayez dans {retry_after} s, ou dites autre chose",
        vi: "cùng một nội dung chỉ được gửi {times} lần trong {seconds} giây; hãy thử lại sau {retry_after} giây hoặc nói điều khác",
    }
    "NOT_AN_EMAIL" {
        en: "email must be an address such as ada@example.com",
        fr: "email doit être une adresse telle que ada@example.com",
        vi: "email phải là một địa chỉ như ada@example.com",
    }
    "TOO_MANY_TAGS" [limit] {
        en: "at most {limit} tags are allowed",
        fr: "{limit} étiquettes au plus sont autorisées",
        vi: "chỉ được tối đa {limit} thẻ",
    }

    // Money
    "AMOUNT_NOT_POSITIVE" {
        en: "amount must be more than zero",
        fr: "amount doit être supérieur à zéro",
        vi: "amount phải lớn hơn không",
    }
    "AMOUNT_TOO_PRECISE" [currency, digits] {
        en: "amount may have at most {digits} digits after the point in {currency}",
        fr: "en {currency}, amount a au plus {digits} chiffres après la virgule",
        vi: "với {currency}, amount chỉ được có tối đa {digits} chữ số sau dấu thập phân",
    }
    "AMOUNT_TOO_LARGE" [limit] {
        en: "amount may be at most {limit}",
        fr: "amount peut être de {limit} au plus",
        vi: "amount tối đa là {limit}",
    }
    "AMOUNT_NOT_A_NUMBER" {
        en: "amount must be a plain decimal number such as 10.00",
        fr: "amount doit être un simple nombre décimal tel que 10.00",
        vi: "amount phải là một số thập phân thông thường như 10.00",
    }
    "UNKNOWN_CURRENCY" {
        en: "currency must be an ISO 4217 code such as USD",
        fr: "currency doit être un code ISO 4217 tel que USD",
        vi: "currency phải là một mã ISO 4217 như USD",
    }
    "CURRENCY_MISMATCH" {
        en: "amounts of different currencies cannot be added",
        fr: "des montants de devises différentes ne s'additionnent pas",
        vi: "không thể cộng các số tiền thuộc những loại tiền tệ khác nhau",
    }
    "BAD_RATE" [digits] {
        en: "a fee rate must be at least 0 and less than 1, with at most {digits} digits after the point",
        fr: "un taux de commission doit être d'au moins 0 et inférieur à 1, avec {digits} chiffres au plus après la virgule",
        vi: "mức phí phải từ 0 đến dưới 1, với tối đa {digits} chữ số sau dấu thập phân",
    }
    "INSUFFICIENT_BALANCE" [balance] {
        en: "the balance is {balance}; top up first",
        fr: "le solde est de {balance} ; rechargez d'abord votre portefeuille",
        vi: "số dư là {balance}; hãy nạp thêm tiền trước",
    }
    "TOP_UP_TOO_LARGE" [limit] {
        en: "at most {limit} can be paid in at once",
        fr: "on ne peut verser que {limit} à la fois",
        vi: "mỗi lần chỉ được nạp tối đa {limit}",
    }
    "OWN_CHANNEL" {
        en: "you cannot tip your own channel",
        fr: "vous ne pouvez pas donner de pourboire à votre propre chaîne",
        vi: "bạn không thể tặng tiền cho kênh của chính mình",
    }
    "BALANCE_TOO_LARGE" [limit] {
        en: "this wallet would hold more than {limit}",
        fr: "ce portefeuille contiendrait plus de {limit}",
        vi: "ví này sẽ chứa nhiều hơn {limit}",
    }
    "ID_MISSING" {
        en: "give a clientMutationId: without one, money could move twice when an answer is lost",
        fr: "donnez un clientMutationId : sans lui, l'argent pourrait bouger deux fois si une réponse se perd",
        vi: "hãy cung cấp clientMutationId: nếu không, tiền có thể bị chuyển hai lần khi mất phản hồi",
    }
    "INSUFFICIENT_EARNINGS" [earnings] {
        en: "the earnings are {earnings}, which is not enough",
        fr: "les gains sont de {earnings}, ce qui ne suffit pas",
        vi: "thu nhập hiện là {earnings}, không đủ",
    }
    "TIP_NOT_FOUND" {
        en: "there is no such tip",
        fr: "ce pourboire n'existe pas",
        vi: "không có khoản tặng này",
    }
    "ALREADY_REFUNDED" {
        en: "this tip was taken back already",
        fr: "ce pourboire a déjà été remboursé",
        vi: "khoản tặng này đã được hoàn lại",
    }
    "NOTHING_TO_RESTORE" {
        en: "no such charge-back is open",
        fr: "aucune rétrofacturation de ce genre n'est ouverte",
        vi: "không có khoản bồi hoàn nào như vậy đang mở",
    }
    "HOLD_NOT_FOUND" {
        en: "there is no such hold, or its time is over",
        fr: "cette réserve n'existe pas ou son délai est passé",
        vi: "không có khoản giữ này, hoặc đã hết hạn",
    }
    "BAD_HOLD_TIME" [days] {
        en: "a hold ends after now and within {days} days",
        fr: "une réserve prend fin après maintenant et dans les {days} jours",
        vi: "khoản giữ phải kết thúc sau thời điểm này và trong vòng {days} ngày",
    }
    "TOO_MANY_HOLDS" [limit] {
        en: "a wallet has at most {limit} holds at once; release one first",
        fr: "un portefeuille a au plus {limit} réserves à la fois ; libérez-en une d'abord",
        vi: "mỗi ví chỉ có tối đa {limit} khoản giữ cùng lúc; hãy giải phóng một khoản trước",
    }
    "PAYMENT_DIFFERS" {
        en: "this is not what was told of the payment before: another account, amount or currency",
        fr: "ce n'est pas ce qui avait été dit de ce paiement : autre compte, montant ou devise",
        vi: "điều này khác với thông tin trước đó về khoản thanh toán: tài khoản, số tiền hoặc loại tiền khác",
    }
    "TOO_MANY_DISPUTES" [limit] {
        en: "a payment has at most {limit} disputes",
        fr: "un paiement a au plus {limit} litiges",
        vi: "mỗi khoản thanh toán có tối đa {limit} tranh chấp",
    }
    "PAYOUT_NOT_FOUND" {
        en: "there is no such payout",
        fr: "ce versement n'existe pas",
        vi: "không có khoản chi trả này",
    }
    "PAYOUT_EXISTS" {
        en: "this payout exists already",
        fr: "ce versement existe déjà",
        vi: "khoản chi trả này đã tồn tại",
    }
    "PAYOUT_TOO_SMALL" [least] {
        en: "at least {least} is paid out",
        fr: "le versement minimal est de {least}",
        vi: "mức chi trả tối thiểu là {least}",
    }
    "PAYOUT_NOT_APPROVED" {
        en: "nobody has approved this payout yet",
        fr: "personne n'a encore approuvé ce versement",
        vi: "chưa ai phê duyệt khoản chi trả này",
    }
    "PAYOUT_SENT" {
        en: "this payout is with its provider already",
        fr: "ce versement est déjà chez le prestataire",
        vi: "khoản chi trả này đã được chuyển cho nhà cung cấp",
    }
    "PAYOUT_NOT_SENT" {
        en: "this payout is not with a provider yet",
        fr: "ce versement n'est pas encore chez un prestataire",
        vi: "khoản chi trả này chưa được chuyển cho nhà cung cấp",
    }
    "PAYOUT_OVER" {
        en: "this payout was settled, has failed or was called off",
        fr: "ce versement a été réglé, a échoué ou a été annulé",
        vi: "khoản chi trả này đã hoàn tất, thất bại hoặc đã bị hủy",
    }
    "NOT_FINANCE" {
        en: "only finance may do this",
        fr: "seul le service financier peut faire cela",
        vi: "chỉ bộ phận tài chính mới được làm việc này",
    }
    "REASON_MISSING" {
        en: "say why: what staff does to money needs a reason",
        fr: "dites pourquoi : ce que le personnel fait de l'argent demande une raison",
        vi: "hãy nêu lý do: mọi việc nhân viên làm với tiền đều cần có lý do",
    }
    "SECOND_PERSON_NEEDED" {
        en: "somebody else than who asked for it must approve this",
        fr: "une autre personne que le demandeur doit approuver cela",
        vi: "việc này phải do một người khác với người yêu cầu phê duyệt",
    }
    "BAD_REFERENCE" [limit] {
        en: "a provider's name or reference has 1 to {limit} visible characters without spaces; a name only a-z, 0-9, _ and -",
        fr: "un nom ou une référence de prestataire compte de 1 à {limit} caractères visibles sans espace ; un nom seulement a-z, 0-9, _ et -",
        vi: "tên hoặc mã tham chiếu của nhà cung cấp có từ 1 đến {limit} ký tự hiển thị, không có khoảng trắng; tên chỉ gồm a-z, 0-9, _ và -",
    }
    "FEE_SCHEDULE_TAKEN" {
        en: "another fee schedule has this id",
        fr: "un autre barème de commission porte cet identifiant",
        vi: "một biểu phí khác đã có mã này",
    }
    "BAD_FEE_SCHEDULE_ID" [limit] {
        en: "the id of a fee schedule has 1 to {limit} visible characters without spaces",
        fr: "l'identifiant d'un barème compte de 1 à {limit} caractères visibles sans espace",
        vi: "mã của biểu phí có từ 1 đến {limit} ký tự hiển thị, không có khoảng trắng",
    }
    "FEES_IN_THE_PAST" {
        en: "fees can be set from now on, not for the past",
        fr: "les commissions se fixent à partir de maintenant, pas pour le passé",
        vi: "chỉ có thể đặt phí từ bây giờ trở đi, không thể cho quá khứ",
    }
    "TOO_MANY_FEE_SCHEDULES" [limit] {
        en: "there are {limit} fee schedules already, and no more can be kept",
        fr: "il y a déjà {limit} barèmes, et on ne peut en garder davantage",
        vi: "đã có {limit} biểu phí và không thể lưu thêm",
    }
    "PERIOD_CLOSED" [through] {
        en: "the books are closed through {through}; what belongs there is put right by an entry of today",
        fr: "les livres sont clos jusqu'au {through} inclus ; corrigez par une écriture d'aujourd'hui",
        vi: "sổ sách đã khóa đến hết ngày {through}; hãy điều chỉnh bằng một bút toán của hôm nay",
    }
    "PERIOD_NOT_OVER" {
        en: "only days that are over (UTC) can be closed",
        fr: "seuls des jours écoulés (UTC) peuvent être clos",
        vi: "chỉ có thể khóa sổ những ngày đã qua (UTC)",
    }
    "DATE_IN_THE_FUTURE" {
        en: "this day has not come yet (UTC)",
        fr: "ce jour n'est pas encore venu (UTC)",
        vi: "ngày này chưa đến (UTC)",
    }
    "BAD_SEAL" {
        en: "each part of a seal consists of hexadecimal digits",
        fr: "chaque partie d'un sceau se compose de chiffres hexadécimaux",
        vi: "mỗi phần của con dấu gồm các chữ số thập lục phân",
    }

    // Accounts
    "ACCOUNT_NOT_FOUND" {
        en: "there is no such account",
        fr: "ce compte n'existe pas",
        vi: "không có tài khoản này",
    }
    "ALREADY_REGISTERED" {
        en: "this account exists already",
        fr: "ce compte existe déjà",
        vi: "tài khoản này đã tồn tại",
    }
    "SESSION_OVER" {
        en: "this session has ended; log in again",
        fr: "cette session est terminée ; reconnectez-vous",
        vi: "phiên đăng nhập này đã kết thúc; hãy đăng nhập lại",
    }
    "TOKEN_REUSED" {
        en: "this refresh token was used before; the session has been closed, log in again",
        fr: "ce jeton de renouvellement a déjà servi ; la session a été fermée, reconnectez-vous",
        vi: "mã làm mới này đã được dùng trước đó; phiên đã bị đóng, hãy đăng nhập lại",
    }
    "OWN_ADMIN_ROLE" {
        en: "an admin cannot revoke the own admin role; another admin can",
        fr: "un administrateur ne peut pas retirer son propre rôle d'administrateur ; un autre administrateur le peut",
        vi: "quản trị viên không thể tự thu hồi vai trò quản trị của mình; một quản trị viên khác có thể làm việc đó",
    }
    "ACCOUNT_ERASED" {
        en: "this account was erased",
        fr: "ce compte a été effacé",
        vi: "tài khoản này đã bị xóa",
    }
    "ACCOUNT_SUSPENDED" {
        en: "this account is suspended",
        fr: "ce compte est suspendu",
        vi: "tài khoản này đang bị đình chỉ",
    }
    "OWN_SUSPENSION" {
        en: "nobody can suspend the own account",
        fr: "personne ne peut suspendre son propre compte",
        vi: "không ai có thể đình chỉ tài khoản của chính mình",
    }
    "OWN_FOLLOW" {
        en: "you cannot follow your own channel",
        fr: "vous ne pouvez pas suivre votre propre chaîne",
        vi: "bạn không thể theo dõi kênh của chính mình",
    }
    "TOO_MANY_FOLLOWS" [limit] {
        en: "an account follows at most {limit} channels; unfollow one first",
        fr: "un compte suit {limit} chaînes au plus ; cessez d'abord d'en suivre une",
        vi: "mỗi tài khoản chỉ theo dõi tối đa {limit} kênh; hãy bỏ theo dõi một kênh trước",
    }
    "NOT_ERASED" {
        en: "this account was not erased",
        fr: "ce compte n'a pas été effacé",
        vi: "tài khoản này chưa bị xóa",
    }
    "NOT_AN_ADMIN" {
        en: "only an admin may do this",
        fr: "seul un administrateur peut faire cela",
        vi: "chỉ quản trị viên mới được làm việc này",
    }
    "NAME_TAKEN" {
        en: "this name is taken",
        fr: "ce nom est déjà pris",
        vi: "tên này đã có người dùng",
    }
    "EMAIL_TAKEN" {
        en: "an account with this e-mail address exists",
        fr: "un compte avec cette adresse e-mail existe déjà",
        vi: "đã có tài khoản dùng địa chỉ e-mail này",
    }
    "WRONG_CREDENTIALS" {
        en: "the name or address, or the password, is wrong",
        fr: "le nom ou l'adresse, ou le mot de passe, est incorrect",
        vi: "tên hoặc địa chỉ, hoặc mật khẩu, không đúng",
    }
    "ID_REUSED" {
        en: "this clientMutationId was used before with another input; use a new one",
        fr: "ce clientMutationId a déjà servi avec une autre entrée ; utilisez-en un nouveau",
        vi: "clientMutationId này đã được dùng trước đó với dữ liệu khác; hãy dùng một mã mới",
    }

    // Channels
    "CHANNEL_NOT_FOUND" {
        en: "there is no such channel",
        fr: "cette chaîne n'existe pas",
        vi: "không có kênh này",
    }
    "CHANNEL_CLOSED" {
        en: "this channel is closed",
        fr: "cette chaîne est fermée",
        vi: "kênh này đã đóng",
    }
    "NOT_ALLOWED" {
        en: "only the channel's owner, a moderator who may, or an admin can do this",
        fr: "seuls le propriétaire de la chaîne, un modérateur qui y est autorisé ou un administrateur peuvent faire cela",
        vi: "chỉ chủ kênh, người điều hành được phép hoặc quản trị viên mới được làm việc này",
    }
    "STREAM_OPEN" {
        en: "this channel has a stream that has not ended; end it first",
        fr: "cette chaîne a un direct qui n'est pas terminé ; terminez-le d'abord",
        vi: "kênh này còn một buổi phát chưa kết thúc; hãy kết thúc nó trước",
    }
    "BANNED" {
        en: "you are banned from this channel",
        fr: "vous êtes banni de cette chaîne",
        vi: "bạn đã bị cấm khỏi kênh này",
    }
    "TIMED_OUT" [until] {
        en: "you cannot chat here until {until}",
        fr: "vous ne pouvez pas écrire ici avant {until}",
        vi: "bạn không thể trò chuyện ở đây cho đến {until}",
    }
    "MUTED" {
        en: "you are muted in this channel",
        fr: "vous êtes réduit au silence sur cette chaîne",
        vi: "bạn đã bị tắt tiếng trong kênh này",
    }
    "SLOW_MODE" [retry_after] {
        en: "slow mode is on; you can write again in {retry_after} s",
        fr: "le mode lent est activé ; vous pourrez écrire dans {retry_after} s",
        vi: "chế độ chậm đang bật; bạn có thể viết tiếp sau {retry_after} giây",
    }
    "FOLLOWERS_ONLY" [minutes] {
        en: "only who has followed this channel for {minutes} minutes can write here",
        fr: "seuls ceux qui suivent cette chaîne depuis {minutes} minutes peuvent écrire ici",
        vi: "chỉ người đã theo dõi kênh này được {minutes} phút mới được viết ở đây",
    }
    "EMOTE_ONLY" {
        en: "only emoji can be sent here now",
        fr: "seuls des émojis peuvent être envoyés ici pour le moment",
        vi: "hiện ở đây chỉ được gửi biểu tượng cảm xúc",
    }
    "OWNER_EXEMPT" {
        en: "the owner of a channel cannot be banned, muted or timed out there",
        fr: "le propriétaire d'une chaîne ne peut y être ni banni, ni réduit au silence, ni exclu temporairement",
        vi: "không thể cấm, tắt tiếng hoặc tạm cấm chủ kênh trong chính kênh của họ",
    }
    "MODERATOR_EXEMPT" {
        en: "only the channel's owner or an admin can ban, mute or time out a moderator",
        fr: "seuls le propriétaire de la chaîne ou un administrateur peuvent bannir, réduire au silence ou exclure un modérateur",
        vi: "chỉ chủ kênh hoặc quản trị viên mới được cấm, tắt tiếng hoặc tạm cấm người điều hành",
    }
    "OWNER_MODERATES" {
        en: "the owner of a channel may do everything there and needs no appointment",
        fr: "le propriétaire d'une chaîne peut tout y faire sans être nommé",
        vi: "chủ kênh được làm mọi việc trong kênh và không cần được bổ nhiệm",
    }
    "NO_PERMISSIONS" {
        en: "permissions must name at least one; to take all away, remove the moderator",
        fr: "permissions doit en nommer au moins une ; pour les retirer toutes, révoquez le modérateur",
        vi: "permissions phải có ít nhất một quyền; để thu hồi tất cả, hãy bãi nhiệm người điều hành",
    }
    "TOO_MANY_MODERATORS" [limit] {
        en: "a channel has at most {limit} moderators; remove one first",
        fr: "une chaîne a {limit} modérateurs au plus ; révoquez-en un d'abord",
        vi: "mỗi kênh chỉ có tối đa {limit} người điều hành; hãy bãi nhiệm một người trước",
    }
    "TOO_MANY_PINS" [limit] {
        en: "a channel has at most {limit} pinned messages; unpin one first",
        fr: "une chaîne a {limit} messages épinglés au plus ; détachez-en un d'abord",
        vi: "mỗi kênh chỉ ghim tối đa {limit} tin nhắn; hãy bỏ ghim một tin trước",
    }
    "SLOW_MODE_TOO_LONG" [limit] {
        en: "slow mode goes from 0 to {limit} seconds",
        fr: "le mode lent va de 0 à {limit} secondes",
        vi: "chế độ chậm từ 0 đến {limit} giây",
    }
    "FOLLOWERS_ONLY_TOO_LONG" [days] {
        en: "a follower may have to have followed from 0 minutes to {days} days",
        fr: "l'ancienneté exigée des abonnés va de 0 minute à {days} jours",
        vi: "thời gian theo dõi yêu cầu từ 0 phút đến {days} ngày",
    }
    "TOO_MANY_MENTIONS" [limit] {
        en: "a message mentions at most {limit} people",
        fr: "un message mentionne {limit} personnes au plus",
        vi: "mỗi tin nhắn chỉ nhắc đến tối đa {limit} người",
    }
    "REPLY_TO_NOTHING" {
        en: "the message that this answers is not there",
        fr: "le message auquel ceci répond n'existe pas",
        vi: "tin nhắn được trả lời không còn ở đó",
    }
    "NOT_EMOJI_ONLY" {
        en: "a message of the kind EMOJI consists of emoji alone",
        fr: "un message du genre EMOJI ne contient que des émojis",
        vi: "tin nhắn loại EMOJI chỉ gồm biểu tượng cảm xúc",
    }
    "TOO_MANY_TALLIES" [limit] {
        en: "one sum of reactions counts at most {limit} kinds",
        fr: "un décompte de réactions en compte {limit} sortes au plus",
        vi: "mỗi lần tổng kết phản ứng chỉ đếm tối đa {limit} loại",
    }
    "TIMEOUT_TOO_LONG" [days] {
        en: "a timeout lasts from 1 second to {days} days; use a ban for longer",
        fr: "une exclusion temporaire dure de 1 seconde à {days} jours ; au-delà, bannissez",
        vi: "thời gian tạm cấm từ 1 giây đến {days} ngày; nếu lâu hơn, hãy cấm hẳn",
    }
    "KIND_NOT_ALLOWED" {
        en: "people send text and emoji; other kinds are the platform's own",
        fr: "on envoie du texte et des émojis ; les autres genres sont réservés à la plateforme",
        vi: "người dùng chỉ gửi văn bản và biểu tượng cảm xúc; các loại khác dành riêng cho nền tảng",
    }
    "NOT_YOUR_MESSAGE" {
        en: "only the sender, the channel's owner, a moderator who may, or an admin can delete a message",
        fr: "seuls l'expéditeur, le propriétaire de la chaîne, un modérateur qui y est autorisé ou un administrateur peuvent supprimer un message",
        vi: "chỉ người gửi, chủ kênh, người điều hành được phép hoặc quản trị viên mới được xóa tin nhắn",
    }
    "MESSAGE_NOT_FOUND" {
        en: "there is no such message in this channel",
        fr: "ce message n'existe pas dans cette chaîne",
        vi: "không có tin nhắn này trong kênh",
    }

    // Streams
    "STREAM_NOT_FOUND" {
        en: "there is no such stream",
        fr: "ce direct n'existe pas",
        vi: "không có buổi phát này",
    }
    "STREAM_EXISTS" {
        en: "this stream exists already",
        fr: "ce direct existe déjà",
        vi: "buổi phát này đã tồn tại",
    }
    "ALREADY_STARTED" {
        en: "this stream has started already",
        fr: "ce direct a déjà commencé",
        vi: "buổi phát này đã bắt đầu",
    }
    "NOT_STARTED" {
        en: "this stream has not started; start it, or cancel it",
        fr: "ce direct n'a pas commencé ; commencez-le ou annulez-le",
        vi: "buổi phát này chưa bắt đầu; hãy bắt đầu hoặc hủy nó",
    }
    "ALREADY_ENDED" {
        en: "this stream has ended",
        fr: "ce direct est terminé",
        vi: "buổi phát này đã kết thúc",
    }
    "ALREADY_CANCELLED" {
        en: "this stream was cancelled",
        fr: "ce direct a été annulé",
        vi: "buổi phát này đã bị hủy",
    }
    "NOT_INTERRUPTED" {
        en: "this stream is not interrupted",
        fr: "ce direct n'est pas interrompu",
        vi: "buổi phát này không bị gián đoạn",
    }
    "NOT_LIVE" {
        en: "this stream is not live",
        fr: "ce direct n'est pas à l'antenne",
        vi: "buổi phát này hiện không phát sóng",
    }
    "ALREADY_LIVE" {
        en: "this stream is under way; end it instead of cancelling it",
        fr: "ce direct est en cours ; terminez-le au lieu de l'annuler",
        vi: "buổi phát này đang diễn ra; hãy kết thúc thay vì hủy nó",
    }
    "SCHEDULED_IN_THE_PAST" [days] {
        en: "a stream can be scheduled from now up to {days} days ahead",
        fr: "un direct se programme entre maintenant et {days} jours à l'avance",
        vi: "chỉ có thể lên lịch buổi phát từ bây giờ đến tối đa {days} ngày tới",
    }

    // Viewer sessions
    "VIEWER_SESSION_NOT_FOUND" {
        en: "there is no such viewer session",
        fr: "cette session de spectateur n'existe pas",
        vi: "không có phiên xem này",
    }
    "ALREADY_JOINED" {
        en: "this viewer session exists already",
        fr: "cette session de spectateur existe déjà",
        vi: "phiên xem này đã tồn tại",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};
    use tributary_domain::Rejection;

    #[test]
    fn every_refusal_has_its_sentences_and_every_sentence_its_refusal() {
        let own: [(&str, &[&str]); 3] = [
            (WRONG_CREDENTIALS, &[]),
            (ID_REUSED, &[]),
            (ID_MISSING, &[]),
        ];
        let given: BTreeMap<_, BTreeSet<_>> = Rejection::catalogue()
            .chain(own)
            .map(|(code, arguments)| (code, arguments.iter().copied().collect()))
            .collect();
        let said: BTreeMap<_, BTreeSet<_>> = CATALOGUE
            .iter()
            .map(|(code, arguments)| (*code, arguments.iter().copied().collect()))
            .collect();
        assert_eq!(CATALOGUE.len(), said.len(), "a code stands here twice");
        assert_eq!(given, said);
    }

    #[test]
    fn each_language_says_something_of_its_own() {
        for (code, names) in CATALOGUE {
            let arguments: Vec<_> = names
                .iter()
                .map(|name| (*name, Argument::Field("@")))
                .collect();
            let said: BTreeSet<_> = Language::ALL
                .into_iter()
                .map(|language| say(code, &arguments, language).unwrap())
                .collect();
            assert_eq!(said.len(), Language::ALL.len(), "{code}: {said:?}");
            for sentence in said {
                let shown = sentence.matches('@').count() - sentence.matches("@example").count();
                assert_eq!(shown, names.len(), "{code}: {sentence}");
            }
        }
    }
}
