//! Refusals about wallets, tips, payments and what is set aside.

super::refusals! {
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
    "PROVIDER_UNKNOWN" {
        en: "this installation has no payment provider of that name",
        fr: "cette installation n'a pas de prestataire de paiement de ce nom",
        vi: "hệ thống này không có nhà cung cấp thanh toán tên như vậy",
    }
    "PROVIDER_CANNOT" {
        en: "this provider does not take that amount, currency or destination",
        fr: "ce prestataire n'accepte pas ce montant, cette devise ou cette destination",
        vi: "nhà cung cấp này không nhận số tiền, loại tiền hoặc nơi nhận đó",
    }
    "PROVIDER_REFUSED" {
        en: "the payment provider said no",
        fr: "le prestataire de paiement a refusé",
        vi: "nhà cung cấp thanh toán đã từ chối",
    }
    "PROVIDER_UNAVAILABLE" {
        en: "the payment provider did not answer: send the same again, with the same clientMutationId",
        fr: "le prestataire de paiement n'a pas répondu : renvoyez la même demande, avec le même clientMutationId",
        vi: "nhà cung cấp thanh toán không trả lời: hãy gửi lại đúng yêu cầu này với cùng clientMutationId",
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
}
