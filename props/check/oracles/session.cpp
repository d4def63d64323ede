// AGE, DEAD, CLEAN and LIFE, judged on the wire. The first thing that a lease does shows which
// session it began on, and its first statement in what state the server found that: how old it was
// when the caller asked, whether it was fit for another lease, what an earlier one left there. Once
// the pool is closed, and all the more once it is destroyed, the server must have no connection
// left: no session, none that still starts, no cancel request.
#include <fmt/format.h>

#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

class SessionOracle final : public Oracle {
 public:
  void see(const Observation& observation, const Ledger& ledger, const Report& report) override {
    switch (observation.kind) {
      case Observation::Kind::used:
        judge_dead(observation, ledger, report);
        judge_unfinished(observation, ledger, report);
        break;
      case Observation::Kind::query_returned: judge_unsent(observation, ledger, report); break;
      case Observation::Kind::statement: judge_first(observation, ledger, report); break;
      case Observation::Kind::acquire_returned: judge_closed(observation, ledger, report); break;
      case Observation::Kind::quiet: judge_waiting(ledger, report); break;
      case Observation::Kind::returned:
        if (ledger.closed()) judge_left_open("closed, every lease is back", ledger, report);
        break;
      case Observation::Kind::destroyed: judge_left_open("destroyed", ledger, report); break;
      default: break;
    }
  }

 private:
  // Whether the observation is of the first session that a lease uses, or its first statement.
  static const Caller* beginner(const Observation& observation, const Ledger& ledger) {
    if (observation.caller == kNobody) return nullptr;
    const Caller& caller = ledger.caller(observation.caller);
    return caller.phase == Phase::querying ? &caller : nullptr;
  }

  static void judge_dead(const Observation& observation, const Ledger& ledger,
                         const Report& report) {
    const Caller* const caller = beginner(observation, ledger);
    if (caller == nullptr || caller->statements > 0 || !ledger.config().pre_ping) return;
    if (!ledger.had_ended_before(observation.session, *caller)) return;
    report(model::LawId::dead,
           fmt::format("the lease of {} begins on {}, which the server had ended before the caller "
                       "asked",
                       ledger.name(observation.caller), to_text(observation.session)));
  }

  static void judge_first(const Observation& observation, const Ledger& ledger,
                          const Report& report) {
    const Caller* const caller = beginner(observation, ledger);
    if (caller == nullptr || caller->statements != 1) return;
    judge_age(observation, *caller, ledger, report);
    judge_clean(observation, ledger, report);
  }

  // The pool may count an age from before the server saw the connect, never from after.
  static void judge_age(const Observation& observation, const Caller& caller, const Ledger& ledger,
                        const Report& report) {
    const auto recycle = ledger.config().recycle;
    const Duration age = caller.since - ledger.opened(observation.session);
    if (recycle && age > *recycle) {
      report(model::LawId::age,
             fmt::format(
                 "{} was {} old when {} asked for a connection and was given it; recycle is {}",
                 to_text(observation.session), model::to_string(age),
                 ledger.name(observation.caller), model::to_string(*recycle)));
    }
    if (const std::string why = ledger.why_unfit(observation.session, caller); !why.empty()) {
      report(model::LawId::age,
             fmt::format("the lease of {} begins on {}, which {}", ledger.name(observation.caller),
                         to_text(observation.session), why));
    }
  }

  // libpq sends nothing on a connection whose end it has read: the pool had seen it too.
  static void judge_unsent(const Observation& observation, const Ledger& ledger,
                           const Report& report) {
    const Caller& caller = ledger.caller(observation.caller);
    if (!ledger.config().pre_ping || observation.outcome == Outcome::ok) return;
    if (caller.session != kNoSession) return;
    report(
        model::LawId::dead,
        fmt::format("the first query of the lease of {} fails before anything is sent: the end of "
                    "its connection had been read before",
                    ledger.name(observation.caller)));
  }

  // Of CLEAN, judged at the first thing that a lease does: libpq may have to end a COPY, or to wait
  // for an answer, before its statement can be sent.
  static void judge_unfinished(const Observation& observation, const Ledger& ledger,
                               const Report& report) {
    const Caller* const caller = beginner(observation, ledger);
    if (caller == nullptr || caller->statements > 0) return;
    const SessionState& state = observation.state;
    const std::string_view in = state.copying     ? "in the middle of a COPY"
                                : state.busy      ? "at work on the query of an earlier one"
                                : state.pipelined ? "in the middle of a pipeline"
                                                  : "";
    if (in.empty()) return;
    report(model::LawId::clean,
           fmt::format("the lease of {} begins on {} {}", ledger.name(observation.caller),
                       to_text(observation.session), in));
  }

  static void judge_clean(const Observation& observation, const Ledger& ledger,
                          const Report& report) {
    using model::ResetOnReturn;
    const ResetOnReturn reset = ledger.config().reset_on_return;
    const auto begins = [&](std::string_view in) {
      report(model::LawId::clean,
             fmt::format("the lease of {} begins on {} {}", ledger.name(observation.caller),
                         to_text(observation.session), in));
    };
    const SessionState& state = observation.state;
    if (state.transaction != TransactionStatus::idle && reset != ResetOnReturn::none) {
      begins("in the middle of a transaction");
    }
    if (reset != ResetOnReturn::discard) return;
    if (state.altered) begins("with the settings of an earlier one");
    if (state.listening) begins("with the LISTEN of an earlier one");
    if (state.temp_tables) begins("with the temporary tables of an earlier one");
    if (state.prepared) begins("with the prepared statements of an earlier one");
    if (state.cursors) begins("with the cursors of an earlier one");
    if (state.advisory_locks) begins("with the advisory locks of an earlier one");
  }

  // Whoever asks after anybody was told.
  static void judge_closed(const Observation& observation, const Ledger& ledger,
                           const Report& report) {
    const Caller& caller = ledger.caller(observation.caller);
    if (!ledger.told_closed() || caller.asked <= *ledger.told_closed()) return;
    if (observation.outcome == Outcome::closed || observation.outcome == Outcome::cancelled) return;
    report(model::LawId::life, fmt::format("{} asked a closed pool, and was not told so",
                                           ledger.name(observation.caller)));
  }

  static void judge_waiting(const Ledger& ledger, const Report& report) {
    if (!ledger.closed()) return;
    for (std::size_t i = 0; i < ledger.callers().size(); ++i) {
      if (!ledger.waits(ledger.callers()[i])) continue;
      report(model::LawId::life, fmt::format("the pool is closed and {} still sleeps in acquire",
                                             ledger.name(static_cast<CallerId>(i))));
    }
  }

  static void judge_left_open(std::string_view when, const Ledger& ledger, const Report& report) {
    const SessionId left = ledger.left_open();
    if (left == kNoSession) return;
    report(model::LawId::life,
           fmt::format("the pool is {} and {} is still open", when, to_text(left)));
  }
};

}  // namespace

std::unique_ptr<Oracle> session_oracle() { return std::make_unique<SessionOracle>(); }

}  // namespace poolproof::check
