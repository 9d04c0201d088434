#include "gateway/render.hpp"

#include <array>

namespace reserve::gateway {
namespace {

struct decline {
  std::string_view english, portuguese;
};

constexpr decline no_funds{"Your card has insufficient funds. Try another card or pay by PIX.",
                           "Seu cartão não tem saldo suficiente. Tente outro cartão ou pague com PIX."};
constexpr decline expired{"Your card has expired. Try another card.", "Seu cartão está vencido. Tente outro cartão."};
constexpr decline wrong_cvc{"The security code of the card is wrong. Check it and try again.",
                            "O código de segurança do cartão está incorreto. Confira e tente novamente."};
constexpr decline refused_by_bank{"Your bank did not authorise the payment. Contact your bank or try another card.",
                                  "Seu banco não autorizou o pagamento. Fale com o banco ou tente outro cartão."};
constexpr decline authentication{"Your bank asks for authentication that was not completed. Try again and confirm the payment.",
                                 "Seu banco pede uma autenticação que não foi concluída. Tente novamente e confirme o pagamento."};
constexpr decline no_provider{"The payment could not be started. Choose again or try another method.",
                              "Não foi possível iniciar o pagamento. Escolha novamente ou tente outro método."};
constexpr decline other{"The payment was declined. Try another card or method.", "O pagamento foi recusado. Tente outro cartão ou método."};

struct known_code {
  std::string_view code;
  const decline* text;
};

constexpr std::array codes{
    known_code{"insufficient_funds", &no_funds},
    known_code{"cc_rejected_insufficient_amount", &no_funds},
    known_code{"withdrawal_count_limit_exceeded", &no_funds},
    known_code{"expired_card", &expired},
    known_code{"cc_rejected_bad_filled_date", &expired},
    known_code{"incorrect_cvc", &wrong_cvc},
    known_code{"invalid_cvc", &wrong_cvc},
    known_code{"cc_rejected_bad_filled_security_code", &wrong_cvc},
    known_code{"do_not_honor", &refused_by_bank},
    known_code{"generic_decline", &refused_by_bank},
    known_code{"call_issuer", &refused_by_bank},
    known_code{"cc_rejected_call_for_authorize", &refused_by_bank},
    known_code{"authentication_required", &authentication},
    known_code{"payment_intent_authentication_failure", &authentication},
    known_code{"authentication_failed", &authentication},
    known_code{"provider_unavailable", &no_provider},
};

} // namespace

std::string decline_text(std::string_view failure_code, bool portuguese) {
  const decline* text = &other;
  for (const auto& each : codes)
    if (each.code == failure_code)
      text = each.text;
  return std::string(portuguese ? text->portuguese : text->english);
}

} // namespace reserve::gateway
