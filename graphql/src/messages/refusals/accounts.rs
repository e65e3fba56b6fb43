//! Refusals about accounts.

super::refusals! {
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
    "WRONG_PASSWORD" {
        en: "this is not your current password",
        fr: "ce n'est pas votre mot de passe actuel",
        vi: "đây không phải là mật khẩu hiện tại của bạn",
    }
    "PASSWORD_STALE" {
        en: "the password was changed meanwhile; log in with the new one",
        fr: "le mot de passe a été changé entre-temps ; connectez-vous avec le nouveau",
        vi: "mật khẩu vừa được đổi; hãy đăng nhập bằng mật khẩu mới",
    }
    "ID_REUSED" {
        en: "this clientMutationId was used before with another input; use a new one",
        fr: "ce clientMutationId a déjà servi avec une autre entrée ; utilisez-en un nouveau",
        vi: "clientMutationId này đã được dùng trước đó với dữ liệu khác; hãy dùng một mã mới",
    }
}
