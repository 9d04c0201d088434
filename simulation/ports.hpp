#pragma once

#include "simulation/database.hpp"
#include "simulation/host.hpp"
#include "simulation/providers.hpp"

namespace reserve::simulation {

/// How one process reaches an outside system: the call arrives there whatever becomes of the process, the answer only reaches who is still alive.
template <class World, class Request, class Reply>
class line {
public:
  line(surroundings& world, World& to, generator random, agenda::owner me)
      : world_(world), to_(to), random_(random), me_(me), callers_(std::make_shared<callers>()) {}

  void call(Request request, std::function<void(Reply)> done) {
    if (!callers_)
      return;
    const auto number = ++callers_->last;
    callers_->open.emplace(number, std::move(done));
    const auto way = random_.between(std::chrono::milliseconds(1), std::chrono::milliseconds(20));
    std::weak_ptr<callers> waiting = callers_;
    world_.plan.after(way, agenda::nobody, [&world = world_, &to = to_, me = me_, request = std::move(request), waiting, number] {
      auto said = to.call(request);
      world.plan.after(said.after, me, [waiting, number, reply = std::move(said.reply)] {
        const auto alive = waiting.lock();
        if (!alive)
          return;
        if (auto asked = alive->open.extract(number); !asked.empty())
          asked.mapped()(reply);
      });
    });
  }
  void dies() { callers_.reset(); }

private:
  struct callers {
    std::map<std::uint64_t, std::function<void(Reply)>> open;
    std::uint64_t last = 0;
  };
  surroundings& world_;
  World& to_;
  generator random_;
  const agenda::owner me_;
  std::shared_ptr<callers> callers_; ///< Nobody any more after the process has died.
};

class host_line final : public host_port {
public:
  template <class... Arguments>
  explicit host_line(surroundings& world, host_world& to, Arguments&&... arguments) : to_(to), line_(world, to, std::forward<Arguments>(arguments)...) {}
  void call(host_request request, std::function<void(host_reply)> done) override {
    if (request.what == host_request::operation::health && !to_.is_down())
      done(to_.call(request).reply); // Many, and none of them is news: not worth a way there and back.
    else
      line_.call(std::move(request), std::move(done));
  }
  void dies() { line_.dies(); }

private:
  host_world& to_;
  line<host_world, host_request, host_reply> line_;
};

class payment_line final : public payment_port {
public:
  template <class... Arguments>
  explicit payment_line(Arguments&&... arguments) : line_(std::forward<Arguments>(arguments)...) {}
  bool offers(std::string_view) const override { return true; }
  void call(provider_request request, std::function<void(provider_reply)> done) override { line_.call(std::move(request), std::move(done)); }
  void dies() { line_.dies(); }

private:
  line<provider_world, provider_request, provider_reply> line_;
};

/// The vault of one process: a guest can be opened when the record with his rows is committed.
class safe final : public vault_port {
public:
  safe(surroundings& world, database& rows, generator random, agenda::owner me) : world_(world), rows_(rows), random_(random), me_(me) {}

  sealed_guest seal_guest(city_number city, intent_id stay, const guest_details&) override {
    sealed_guest out;
    out.contact.traveler = {derive_uuid(city, "ana@example.com")};
    out.contact.has_first_name = out.contact.has_last_name = out.contact.has_email = out.contact.has_phone = true;
    vault_row row;
    row.into = vault_row::table::stay_guests;
    row.id = stay.value;
    out.rows.push_back(std::move(row));
    return out;
  }
  std::vector<vault_row> seal_payment(city_number, payment_id payment, const provider_secrets&) override {
    vault_row row;
    row.into = vault_row::table::payment_vault;
    row.id = payment.value;
    return {row};
  }
  void open_guest(const std::string&, intent_id stay, std::function<void(std::optional<guest_details>)> done) override {
    read<guest_details>([this, stay] { return rows_.has_guest(stay) ? std::optional(somebody()) : std::nullopt; }, std::move(done));
  }
  void open_payment(const std::string&, payment_id, std::function<void(std::optional<provider_secrets>)> done) override {
    read<provider_secrets>([] { return std::optional(provider_secrets{}); }, std::move(done));
  }
  void dies() { alive_ = false; }

private:
  static guest_details somebody() { return {"Ana", "Silva", "ana@example.com", "+5549999990000", {}, {}, "BR", "pt-BR"}; }

  template <class Content, class Look>
  void read(Look look, std::function<void(std::optional<Content>)> done) {
    if (!alive_)
      return;
    const auto wait = random_.between(std::chrono::microseconds(100), std::chrono::milliseconds(3));
    world_.plan.after(wait, me_, [this, look, done = std::move(done)] {
      constexpr unsigned unreadable = 50;
      done(world_.strikes(fault::vault, unreadable, random_) ? std::nullopt : look());
    });
  }
  surroundings& world_;
  database& rows_;
  generator random_;
  const agenda::owner me_;
  bool alive_ = true;
};

} // namespace reserve::simulation
