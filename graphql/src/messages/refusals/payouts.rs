//! Refusals about paying out, and about what staff does to money.

super::refusals! {
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
}
