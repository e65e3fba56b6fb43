//! Refusals about fees and closed periods.

super::refusals! {
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
}
