#include "props/check/deciding.hpp"

#include <fmt/format.h>

#include <span>
#include <string_view>

namespace poolproof::check {
namespace {

using Kind = Observation::Kind;
using model::LawId;

class Past {
 public:
  // What was seen up to the violation, and what the violation was seen by: the last of it.
  explicit Past(const RunResult& run)
      : callers_(run.scenario.callers.size()),
        seen_(std::span(run.observations).first(run.violations.front().seen)) {}

  std::optional<Cause> of(LawId law) {
    if (seen_.empty()) return std::nullopt;
    switch (law) {
      case LawId::cap: return of_capacity();
      case LawId::dup: return of_sharing();
      case LawId::leak: return of_leak();
      case LawId::wake: return of_waiting(seen_.size(), sleeper());
      case LawId::spur: return of_waiting(deadline(), last().caller);
      case LawId::early: return of_asking(last().caller);
      case LawId::late: return of_asking(longest_in_acquire());
      case LawId::fair: return of_overtaking();
      case LawId::age: return of_age();
      case LawId::dead: return of_death();
      case LawId::clean: return of_legacy();
      case LawId::cxl: return of_cancel();
      case LawId::life: return of_life();
      default: return std::nullopt;
    }
  }

 private:
  [[nodiscard]] const Observation& last() const { return seen_.back(); }

  [[nodiscard]] std::string name(CallerId id) const {
    const auto index = static_cast<std::size_t>(id);
    if (id == kNobody) return "a thread of the pool";
    return index < callers_ ? fmt::format("caller {}", index + 1)
                            : fmt::format("the probe's lease {}", index - callers_ + 1);
  }

  // The latest before `end`.
  template <class Matches>
  [[nodiscard]] std::optional<std::size_t> latest(std::size_t end, Matches matches) const {
    for (std::size_t i = end; i > 0; --i) {
      if (matches(seen_[i - 1])) return i - 1;
    }
    return std::nullopt;
  }
  template <class Matches>
  [[nodiscard]] std::optional<std::size_t> latest(Matches matches) const {
    return latest(seen_.size(), matches);
  }
  template <class Matches>
  [[nodiscard]] std::optional<std::size_t> first(std::size_t begin, std::size_t end,
                                                 Matches matches) const {
    for (std::size_t i = begin; i < end; ++i) {
      if (matches(seen_[i])) return i;
    }
    return std::nullopt;
  }

  template <class... Values>
  [[nodiscard]] static std::optional<Cause> cause(std::optional<std::size_t> at,
                                                  fmt::format_string<Values...> sentence,
                                                  Values&&... values) {
    if (!at) return std::nullopt;
    return Cause{*at, fmt::format(sentence, std::forward<Values>(values)...)};
  }

  // ---- laws of waiting ----

  // Who sleeps when the last thing is seen, and has done so for longest.
  [[nodiscard]] CallerId sleeper() const {
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      if (seen_[i].kind != Kind::sleeps) continue;
      const CallerId who = seen_[i].caller;
      const auto moves = [&](const Observation& each) {
        return each.caller == who && (each.kind == Kind::woken || each.kind == Kind::sleeps ||
                                      each.kind == Kind::acquire_returned);
      };
      if (!first(i + 1, seen_.size(), moves)) return who;
    }
    return kNobody;
  }

  // When that of the caller came who is told TIMEOUT.
  [[nodiscard]] std::size_t deadline() const {
    const auto came = latest([&](const Observation& each) {
      return each.caller == last().caller && each.kind == Kind::deadline_came;
    });
    return came.value_or(seen_.size());
  }

  // Something became free, and he sleeps on. Whose signal should have reached him?
  [[nodiscard]] std::optional<Cause> of_waiting(std::size_t end, CallerId waiter) const {
    const auto freed = latest(end, [&](const Observation& each) {
      return each.kind == Kind::release_called || each.kind == Kind::session_ended ||
             (each.kind == Kind::remark_called && each.remark == scenario::Remark::detach) ||
             (each.kind == Kind::acquire_returned && each.outcome != Outcome::ok &&
              each.caller != waiter);
    });
    // What became free before he slept was his to take; if he could not, it had been lost before.
    const auto slept = latest(end, [&](const Observation& each) {
      return each.kind == Kind::sleeps && each.caller == waiter;
    });
    if (!freed || !slept || *freed < *slept) return of_lost_slot();
    const Observation& event = seen_[*freed];
    if (event.kind == Kind::session_ended) return of_end(*freed, end);
    if (event.kind == Kind::acquire_returned) return of_giving_up(*freed);
    return of_giving_back(*freed, end);
  }

  [[nodiscard]] std::optional<Cause> of_end(std::size_t ended, std::size_t end) const {
    const bool woke = first(ended, end, [](const Observation& each) {
                        return each.kind == Kind::woken;
                      }).has_value();
    return cause(ended, "{} ends{}", to_text(seen_[ended].session),
                 woke ? "" : ", which frees its slot, and nobody is woken");
  }

  [[nodiscard]] std::optional<Cause> of_giving_up(std::size_t given_up) const {
    const Observation& event = seen_[given_up];
    const auto woken = latest(given_up, [&](const Observation& each) {
      return each.caller == event.caller &&
             (each.kind == Kind::woken || each.kind == Kind::acquire_called);
    });
    const bool was_woken = woken && seen_[*woken].kind == Kind::woken;
    return cause(given_up, "{} gives up ({}) and wakes nobody{}", name(event.caller),
                 outcome_text(event.outcome),
                 was_woken ? fmt::format(", although {} had woken it", name(seen_[*woken].by))
                           : std::string());
  }

  [[nodiscard]] std::optional<Cause> of_giving_back(std::size_t called, std::size_t end) const {
    const CallerId who = seen_[called].caller;
    const auto signal = first(called, end, [&](const Observation& each) {
      return (each.kind == Kind::woken && each.by == who) ||
             (each.kind == Kind::woke_nobody && each.caller == who);
    });
    const std::string_view what =
        seen_[called].kind == Kind::release_called ? "gives a connection back" : "detaches one";
    if (!signal) return cause(called, "{} {} and wakes nobody", name(who), what);
    if (seen_[*signal].kind == Kind::woken) {
      return cause(*signal, "{} {}: the signal goes to {}, who does not pass it on", name(who),
                   what, name(seen_[*signal].caller));
    }
    const CallerId missed = seen_[*signal].by;
    const auto before = latest(*signal, [&](const Observation& each) {
      return each.caller == missed && (each.kind == Kind::deadline_came ||
                                       each.kind == Kind::woken || each.kind == Kind::sleeps);
    });
    const bool due = before && seen_[*before].kind == Kind::deadline_came;
    return cause(called, "{} {}: the signal is for {}, {}", name(who), what, name(missed),
                 due ? "whose deadline has come" : "who sleeps there no longer");
  }

  [[nodiscard]] std::optional<Cause> of_asking(CallerId who) const {
    const auto asked = latest([&](const Observation& each) {
      return each.kind == Kind::acquire_called && each.caller == who;
    });
    if (!asked) return std::nullopt;
    const auto& limit = seen_[*asked].limit;
    return cause(asked, "{} asks for a connection, with {}", name(who),
                 limit ? fmt::format("a timeout of {}", model::to_string(*limit))
                       : std::string("no timeout"));
  }

  [[nodiscard]] CallerId longest_in_acquire() const {
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      if (seen_[i].kind != Kind::acquire_called) continue;
      const CallerId who = seen_[i].caller;
      const auto returns = [&](const Observation& each) {
        return each.kind == Kind::acquire_returned && each.caller == who;
      };
      if (!first(i, seen_.size(), returns)) return who;
    }
    return kNobody;
  }

  [[nodiscard]] std::optional<Cause> of_overtaking() const {
    const CallerId who = sleeper();
    const auto slept = latest(
        [&](const Observation& each) { return each.kind == Kind::sleeps && each.caller == who; });
    return cause(slept, "{} sleeps in acquire from here on", name(who));
  }

  // ---- laws of capacity ----

  [[nodiscard]] bool ended(SessionId session) const {
    return latest([&](const Observation& each) {
             return each.kind == Kind::session_ended && each.session == session;
           })
        .has_value();
  }

  [[nodiscard]] std::optional<Cause> of_capacity() const {
    const auto opened = latest([&](const Observation& each) {
      return each.kind == Kind::session_opened && each.session != last().session &&
             !ended(each.session);
    });
    if (!opened) return std::nullopt;
    return cause(opened, "{} opens, and is still open", to_text(seen_[*opened].session));
  }

  [[nodiscard]] std::optional<Cause> of_sharing() const {
    const auto lent = latest([&](const Observation& each) {
      return each.session == last().session && each.caller != last().caller &&
             (each.kind == Kind::used || each.kind == Kind::statement);
    });
    if (!lent) return std::nullopt;
    return cause(lent, "{} has it", name(seen_[*lent].caller));
  }

  [[nodiscard]] std::optional<Cause> of_leak() const {
    if (last().kind == Kind::query_returned) return of_death();
    return of_lost_slot();
  }

  // Of a caller of the scenario that goes without a lease.
  [[nodiscard]] bool goes_without(const Observation& each) const {
    return each.kind == Kind::acquire_returned && each.outcome != Outcome::ok &&
           static_cast<std::size_t>(each.caller) < callers_;
  }

  // Who signalled to the caller in the acquire that has just returned.
  [[nodiscard]] std::optional<CallerId> signaller(std::size_t returned) const {
    const CallerId who = seen_[returned].caller;
    const auto granted = latest(returned, [&](const Observation& each) {
      if (each.kind == Kind::woke_nobody) return each.by == who;
      return each.caller == who && (each.kind == Kind::woken || each.kind == Kind::acquire_called);
    });
    if (!granted || seen_[*granted].kind == Kind::acquire_called) return std::nullopt;
    const Observation& grant = seen_[*granted];
    return grant.kind == Kind::woken ? grant.by : grant.caller;
  }

  // Whoever was woken, or was to be, and went without a lease has taken the slot along.
  [[nodiscard]] std::optional<Cause> of_lost_slot() const {
    const auto last_without = latest([&](const Observation& each) { return goes_without(each); });
    for (auto gone = last_without; gone;
         gone = latest(*gone, [&](const Observation& each) { return goes_without(each); })) {
      const auto by = signaller(*gone);
      if (!by) continue;
      return cause(gone, "{} goes without a lease ({}), although {} had signalled to it",
                   name(seen_[*gone].caller), outcome_text(seen_[*gone].outcome), name(*by));
    }
    if (!last_without) return std::nullopt;
    const Observation& without = seen_[*last_without];
    return cause(last_without, "{} goes without a lease ({})", name(without.caller),
                 outcome_text(without.outcome));
  }

  // ---- laws of connections ----

  [[nodiscard]] std::optional<std::size_t> opening(SessionId session) const {
    return latest([&](const Observation& each) {
      return each.kind == Kind::session_opened && each.session == session;
    });
  }

  // The last word of its holder, or of all, against that connection; or its birth.
  [[nodiscard]] std::optional<Cause> of_age() const {
    const auto opened = opening(last().session);
    if (!opened) return std::nullopt;
    const auto retired = latest([&](const Observation& each) {
      return (each.kind == Kind::chore_called && scenario::retires(each.chore)) ||
             (each.kind == Kind::remark_called && each.remark != scenario::Remark::detach);
    });
    if (!retired || *retired < *opened) {
      return cause(opened, "{} opens", to_text(last().session));
    }
    const Observation& event = seen_[*retired];
    return cause(retired, "{} says: {}", name(event.caller),
                 event.kind == Kind::chore_called ? scenario::name(event.chore)
                                                  : scenario::name(event.remark));
  }

  [[nodiscard]] std::optional<Cause> of_death() const {
    const SessionId session = last().session;
    const auto died = latest([&](const Observation& each) {
      return each.kind == Kind::session_ended && (session == kNoSession || each.session == session);
    });
    if (!died) return std::nullopt;
    return cause(died, "{} {}", to_text(seen_[*died].session),
                 seen_[*died].by_server ? "is ended by the server" : "ends");
  }

  [[nodiscard]] std::optional<Cause> of_legacy() const {
    const auto acquired = latest([&](const Observation& each) {
      return each.kind == Kind::acquire_returned && each.caller == last().caller;
    });
    const auto used = latest(acquired.value_or(0), [&](const Observation& each) {
      return each.kind == Kind::statement && each.session == last().session;
    });
    if (!used) return std::nullopt;
    const CallerId before = seen_[*used].caller;
    const auto released = first(*used, seen_.size(), [&](const Observation& each) {
      return each.kind == Kind::release_called && each.caller == before;
    });
    return cause(released, "{} gives {} back", name(before), to_text(last().session));
  }

  [[nodiscard]] std::optional<Cause> of_cancel() const {
    const auto asked = latest([&](const Observation& each) {
      return each.kind == Kind::cancel_requested && each.asking == last().asking;
    });
    if (!asked) return std::nullopt;
    return cause(asked, "the cancel that {} asked for is on its way to {}",
                 name(seen_[*asked].caller), to_text(last().session));
  }

  [[nodiscard]] std::optional<Cause> of_life() const {
    const auto closed = latest([](const Observation& each) {
      return each.kind == Kind::chore_returned && scenario::closes(each.chore);
    });
    if (closed) return cause(closed, "{} has closed the pool", name(seen_[*closed].caller));
    const auto opened = latest([&](const Observation& each) {
      return each.kind == Kind::session_opened && !ended(each.session);
    });
    if (!opened) return std::nullopt;
    return cause(opened, "{} opens", to_text(seen_[*opened].session));
  }

  static std::string_view outcome_text(Outcome outcome) {
    switch (outcome) {
      case Outcome::timeout: return "TIMEOUT";
      case Outcome::connect_failed: return "its connect failed";
      case Outcome::closed: return "CLOSED";
      case Outcome::cancelled: return "called off";
      case Outcome::in_use: return "IN USE";
      default: return "it failed";
    }
  }

  const std::size_t callers_;
  const std::span<const Observation> seen_;
};

}  // namespace

std::optional<Cause> cause_of(const RunResult& run) {
  return Past(run).of(run.violations.front().law);
}

}  // namespace poolproof::check
