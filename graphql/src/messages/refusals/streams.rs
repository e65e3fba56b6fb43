//! Refusals about streams and viewer sessions.

super::refusals! {
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
    "ALREADY_RECORDING" {
        en: "this stream is being recorded already",
        fr: "ce direct est déjà en cours d'enregistrement",
        vi: "buổi phát này đang được ghi lại rồi",
    }
    "NOT_RECORDING" {
        en: "this stream is not being recorded",
        fr: "ce direct n'est pas en cours d'enregistrement",
        vi: "buổi phát này không được ghi lại",
    }
    "TOO_MANY_RECORDINGS" [most] {
        en: "a stream has at most {most} recordings; delete one first",
        fr: "un direct a au plus {most} enregistrements ; supprimez-en un d'abord",
        vi: "một buổi phát có tối đa {most} bản ghi; hãy xóa bớt một bản trước",
    }
    "RECORDING_NOT_FOUND" {
        en: "there is no such recording",
        fr: "cet enregistrement n'existe pas",
        vi: "không có bản ghi này",
    }
    "STILL_RECORDING" {
        en: "this recording is still being written; stop it first",
        fr: "cet enregistrement est encore en cours ; arrêtez-le d'abord",
        vi: "bản ghi này vẫn đang được ghi; hãy dừng nó trước",
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
