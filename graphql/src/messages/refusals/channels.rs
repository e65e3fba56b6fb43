//! Refusals about channels, their chat and who moderates it.

super::refusals! {
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
    "STREAM_NOT_OPEN" {
        en: "this stream is not under way: there is nothing to react to",
        fr: "ce direct n'est pas en cours : il n'y a rien à quoi réagir",
        vi: "buổi phát này không đang diễn ra: không có gì để bày tỏ cảm xúc",
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
}
