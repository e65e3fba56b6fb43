//! Refusals of what is written: names, texts, addresses, tags.

super::refusals! {
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
}
