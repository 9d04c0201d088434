"""A guest: one session and what it does."""

import uuid

from waiting import wait_for

TRAVELER = {"first_name": "Ana", "last_name": "Quintanilha", "email": "ana@example.com", "phone": "+5548999990000", "country": "BR", "locale": "pt-BR"}


class Guest:
    def __init__(self, world):
        self.world = world
        self.client = world.client
        self.session = "e2e-" + uuid.uuid4().hex

    def send(self, method, path, body=None, headers=None):
        head = {"X-Session-Id": self.session}
        head.update(headers or {})
        return self.client.send(method, "/api/v1" + path, body, head)

    def get(self, path):
        return self.send("GET", path)

    # -------------------------------------------------------------------------------------------- discovery and hold

    def search(self, stay, adults=2, per_page=50):
        return self.get("/search?city_code=URB&check_in=%s&check_out=%s&adults=%d&per_page=%d" % (stay.check_in, stay.check_out, adults, per_page))

    def wish(self, stay, **more):
        return dict({"city_code": "URB", "property_id": stay.property_id, "unit_id": stay.unit_id, "check_in": str(stay.check_in),
                     "check_out": str(stay.check_out), "guests": {"adults": 2}}, **more)

    def try_hold(self, stay, headers=None, **more):
        return self.send("POST", "/booking-intents", self.wish(stay, **more), headers)

    def hold(self, stay, **more):
        """Id of the new intent."""
        return self.try_hold(stay, **more).expect(201).data["booking_intent_id"]

    def intent(self, intent):
        return self.get("/booking-intents/" + intent).expect(200).data

    def cancel(self, intent):
        return self.send("DELETE", "/booking-intents/" + intent)

    def try_traveler(self, intent, **more):
        return self.send("PATCH", "/booking-intents/%s/traveler" % intent, dict(TRAVELER, **more))

    def traveler(self, intent, **more):
        return self.try_traveler(intent, **more).expect(200).data

    def prepared(self, stay):
        """An intent that can be paid."""
        intent = self.hold(stay)
        self.traveler(intent)
        return intent

    # -------------------------------------------------------------------------------------------- payment

    def try_card(self, intent, method=None):
        body = {"session_id": self.session}
        if method:
            body["payment_method_id"] = method
        return self.send("POST", "/booking-intents/%s/payments/stripe" % intent, body)

    def card(self, intent, method=None):
        return self.try_card(intent, method).expect(201).data

    def try_pix(self, intent, provider=None):
        body = {"session_id": self.session, "payer_document": "529.982.247-25"}
        if provider:
            body["provider"] = provider
        return self.send("POST", "/booking-intents/%s/payments/pix" % intent, body)

    def pix(self, intent, provider=None):
        return self.try_pix(intent, provider).expect(201).data

    def retry(self, intent, method, payment_method_id=None):
        body = {"method": method}
        if payment_method_id:
            body["payment_method_id"] = payment_method_id
        return self.send("POST", "/booking-intents/%s/payments/retry" % intent, body)

    def status(self, intent):
        return self.get("/booking-intents/%s/payment-status" % intent).expect(200).data

    # -------------------------------------------------------------------------------------------- how it ends

    def wait_intent(self, intent, status, deadline=15):
        def reached():
            seen = self.intent(intent)
            assert seen["status"] == status, "%s %s" % (seen["status"], seen["status_reason"])
            return seen

        return wait_for("the intent is " + status, reached, deadline)

    def wait_reservation(self, intent, status="confirmed", deadline=20):
        """The reservation's view, once it has the status."""
        def reached():
            seen = self.intent(intent)
            assert seen["reservation"], "no reservation; the intent is %s %s" % (seen["status"], seen["status_reason"])
            assert seen["reservation"]["status"] == status, seen["reservation"]["status"]
            return seen["reservation"]

        found = wait_for("the reservation is " + status, reached, deadline)
        return self.reservation(found["id"])

    def reservation(self, id_or_code):
        return self.get("/reservations/" + id_or_code).expect(200).data

    def book(self, stay):
        """A paid and confirmed reservation: (intent id, view)."""
        intent = self.prepared(stay)
        self.card(intent, "pm_card_visa")
        return intent, self.wait_reservation(intent)
