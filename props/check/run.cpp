#include "props/check/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "props/explore/random_walk.hpp"

namespace poolproof::check {
namespace {

using namespace std::chrono_literals;
using Kind = Observation::Kind;
using model::LawId;
using world::Ending;

// libpq must find everything it needs here: otherwise it would look for the user's name, password
// file and service file, and ask for encryption first.
constexpr const char* kConninfo =
    "host=/simulated user=app dbname=app password=none sslmode=disable gssencmode=disable";

// Longer than any duration of a scenario, so that nothing else ends a probe's wait.
constexpr Duration kProbeTimeout = 10min;

constexpr int kMostProbed = 100;

// A loan takes some ten scheduling points, and more when others are in the way; a run that takes a
// hundred times as many goes in circles.
std::uint64_t most_steps(const scenario::Scenario& scenario) {
  std::uint64_t loans = 0;
  for (const auto& caller : scenario.callers) loans += caller.size();
  return 50'000 + 1'000 * loans;
}

std::int64_t in_milliseconds(const std::optional<Duration>& limit) {
  return limit ? std::chrono::ceil<std::chrono::milliseconds>(*limit).count() : -1;
}

Outcome outcome_of(int result) {
  switch (result) {
    case POOLPROOF_OK: return Outcome::ok;
    case POOLPROOF_TIMEOUT: return Outcome::timeout;
    case POOLPROOF_CONNECT_FAILED: return Outcome::connect_failed;
    case POOLPROOF_CLOSED: return Outcome::closed;
    case POOLPROOF_CANCELLED: return Outcome::cancelled;
    default: return Outcome::failed;
  }
}

}  // namespace

const Laws& judged_laws() {
  static const Laws laws{LawId::cap,   LawId::dup,  LawId::leak,  LawId::wake, LawId::early,
                         LawId::late,  LawId::spur, LawId::fair,  LawId::age,  LawId::dead,
                         LawId::clean, LawId::life, LawId::stuck, LawId::crash};
  return laws;
}

Laws default_laws(const Accused& accused) {
  Laws laws = judged_laws();
  if (!accused.file().empty()) laws.erase(LawId::fair);
  return laws;
}

std::string to_text(SessionId session) {
  return fmt::format("connection {}", static_cast<std::int32_t>(session));
}

bool breaks(const RunResult& run, LawId law) {
  return std::any_of(run.violations.begin(), run.violations.end(),
                     [&](const Violation& each) { return each.law == law; });
}

Runner::Runner(const Accused& accused, Laws laws)
    : accused_(accused), laws_(std::move(laws)), report_([this](LawId law, std::string evidence) {
        if (breaks(result_, law) || !laws_.contains(law)) return;
        result_.violations.push_back(
            {law, machine_.scheduler.now(), std::move(evidence), result_.observations.size()});
      }) {
  oracles_.push_back(capacity_oracle());
  oracles_.push_back(exclusivity_oracle());
  oracles_.push_back(accounting_oracle());
  oracles_.push_back(wakeup_oracle());
  oracles_.push_back(deadline_oracle());
  oracles_.push_back(exhaustion_oracle());
  oracles_.push_back(fairness_oracle());
  oracles_.push_back(session_oracle());
  warm_up();
}

void Runner::warm_up() {
  constexpr std::uint64_t kRuns = 16;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    explore::RandomWalk walk(seed);
    run(scenario::Bounds{}, walk);
  }
}

const RunResult& Runner::run(const scenario::Bounds& bounds, world::Chooser& chooser) {
  return run(scenario::draw(bounds, chooser), chooser);
}

const RunResult& Runner::run(scenario::Scenario scenario, world::Chooser& chooser) {
  result_.scenario = std::move(scenario);
  if (accused_.extension().open_patient == nullptr) result_.scenario.pool.patience = {};
  result_.violations.clear();
  result_.observations.clear();
  ledger_.begin(result_.scenario.pool, result_.scenario.callers.size());
  machine_.scheduler.limit_steps(most_steps(result_.scenario));
  result_.ending = machine_.run(chooser, *this, [this] { root(); });
  result_.refusal = machine_.scheduler.refusal();
  judge_ending();
  result_.faults = machine_.faults.struck();
  result_.hash = machine_.scheduler.hash();
  result_.steps = machine_.scheduler.steps();
  result_.switches = machine_.scheduler.switches();
  return result_;
}

// ---- what is seen ----

void Runner::see(Observation observation) {
  observation.at = machine_.scheduler.now();
  result_.observations.push_back(observation);
  ledger_.see(observation);
  for (const auto& oracle : oracles_) oracle->see(observation, ledger_, report_);
}

void Runner::quiet(Time, Time to) { see({.kind = Kind::quiet, .until = to}); }

void Runner::opened(SessionId session) {
  see({.kind = Kind::session_opened, .caller = caller_in_call(), .session = session});
}

void Runner::ended(SessionId session, EndedBy by) {
  see({.kind = Kind::session_ended, .session = session, .by_server = by == EndedBy::server});
}

// Seen only if it tells something: most uses are a caller's of the session that its lease is known
// to be on.
void Runner::used(SessionId session) {
  const CallerId caller = caller_in_call();
  if (!tells_something(caller, session) && !ledger_.holder(session, caller)) return;
  see({.kind = Kind::used, .caller = caller, .session = session});
  stop_if_shared();
}

// Where its lease is; or that it has got a slot.
bool Runner::tells_something(CallerId id, SessionId session) const {
  if (id == kNobody) return false;
  const Caller& caller = ledger_.caller(id);
  return (caller.phase == Phase::querying && caller.session != session) ||
         (caller.phase == Phase::acquiring && !caller.has_slot);
}

void Runner::queried(SessionId session, std::string_view, const SessionState& before) {
  see({.kind = Kind::statement,
       .caller = caller_in_call(),
       .session = session,
       .in_transaction = before.transaction != TransactionStatus::idle,
       .altered = before.altered});
}

CallerId Runner::caller_in_call() const {
  return ledger_.caller_in_call(machine_.scheduler.current().id).value_or(kNobody);
}

// Two users of one PGconn corrupt it: nothing that libpq does after that means anything.
void Runner::stop_if_shared() {
  if (breaks(result_, LawId::dup)) machine_.scheduler.stop();
}

void Runner::struck(world::FaultKind fault, SessionId session) {
  see({.kind = Kind::fault, .session = session, .fault = fault});
}

// ---- what the tasks do ----

void Runner::root() {
  const scenario::Scenario& scenario = result_.scenario;
  const poolproof_pool_config config{
      .abi = POOLPROOF_ADAPTER_ABI,
      .conninfo = kConninfo,
      .pool_size = scenario.pool.pool_size,
      .max_overflow = scenario.pool.max_overflow,
      .recycle_ms = in_milliseconds(scenario.pool.recycle),
      .timeout_ms = in_milliseconds(scenario.pool.timeout),
      .lifo = scenario.pool.use_lifo ? 1U : 0U,
      .pre_ping = scenario.pool.pre_ping ? 1U : 0U,
      .reset_on_return = model::name(scenario.pool.reset_on_return).data(),
  };
  pool_ = scenario.pool.patience == Duration::zero()
              ? accused_.adapter().open(&config)
              : accused_.extension().open_patient(&config, in_milliseconds(scenario.pool.patience));
  if (pool_ == nullptr) machine_.scheduler.unsupported("the pool refuses its configuration");

  machine_.faults.allow(scenario.faults);
  for (std::size_t i = 0; i < scenario.callers.size(); ++i) {
    const auto id = static_cast<CallerId>(i);
    ledger_.set_task(id, machine_.scheduler.spawn([this, id] { caller(id); }));
  }
  for (std::size_t i = 0; i < scenario.callers.size(); ++i) {
    machine_.scheduler.join(ledger_.caller(static_cast<CallerId>(i)).task);
  }

  machine_.faults.allow({});
  see({.kind = Kind::returned});
  probe();
  accused_.adapter().destroy(pool_);
  see({.kind = Kind::destroyed});
}

void Runner::caller(CallerId id) {
  const auto& loans = result_.scenario.callers[static_cast<std::size_t>(id)];
  for (const scenario::Loan& loan : loans) {
    auto& scheduler = machine_.scheduler;
    if (loan.think != Duration::zero()) scheduler.sleep_until(scheduler.now() + loan.think);
    do_chore(id, loan.chore);
    void* lease = nullptr;
    const bool has_lease = loan.cancel_after && accused_.extension().acquire_cancellable
                               ? acquire_cancellable(id, loan, lease)
                               : acquire(id, loan.timeout, lease);
    if (!has_lease) continue;
    use(lease, id, loan.use);
    if (loan.hold != Duration::zero()) scheduler.sleep_until(scheduler.now() + loan.hold);
    remark(lease, id, loan.remark);
    release(lease, id);
  }
}

void Runner::do_chore(CallerId id, scenario::Chore chore) {
  using scenario::Chore;
  auto* const operation = chore == Chore::dispose ? accused_.adapter().dispose
                          : chore == Chore::close ? accused_.adapter().close
                                                  : nullptr;
  if (operation == nullptr) return;
  see({.kind = Kind::chore_called, .caller = id, .chore = chore});
  operation(pool_);
  see({.kind = Kind::chore_returned, .caller = id, .chore = chore});
}

void Runner::remark(void* lease, CallerId id, scenario::Remark remark) {
  void (*operation)(void*, void*) = nullptr;
  switch (remark) {
    case scenario::Remark::none: break;
    case scenario::Remark::invalidate: operation = accused_.adapter().invalidate; break;
    case scenario::Remark::invalidate_softly:
      operation = accused_.extension().invalidate_softly;
      break;
    case scenario::Remark::invalidate_generation:
      operation = accused_.extension().invalidate_generation;
      break;
    case scenario::Remark::detach: operation = accused_.extension().detach; break;
  }
  if (operation == nullptr) return;
  see({.kind = Kind::remark_called, .caller = id, .remark = remark});
  operation(pool_, lease);
  see({.kind = Kind::remark_returned, .caller = id, .remark = remark});
}

// A closed pool must say so. Any other must give:
// All the capacity at once (much of it, if it is large), each lease with a statement so that the
// wire shows whose it is; and one more, which must time out.
void Runner::probe() {
  if (ledger_.closed()) return probe_closed();
  const auto capacity = ledger_.capacity();
  const int wanted =
      std::min(capacity.value_or(static_cast<int>(result_.scenario.callers.size())), kMostProbed);
  const world::TaskId me = machine_.scheduler.current().id;
  std::vector<std::pair<CallerId, void*>> leases;
  for (int i = 0; i < wanted; ++i) {
    const CallerId id = ledger_.add_caller(me);
    void* lease = nullptr;
    if (!acquire(id, kProbeTimeout, lease)) {
      see({.kind = Kind::probe_failed, .caller = id});
      break;
    }
    leases.emplace_back(id, lease);
    query(lease, id, "SELECT 1");
  }
  if (capacity == wanted && leases.size() == static_cast<std::size_t>(wanted)) {
    const CallerId id = ledger_.add_caller(me);
    void* lease = nullptr;
    if (acquire(id, 10ms, lease)) {
      leases.emplace_back(id, lease);
      query(lease, id, "SELECT 1");
    }
  }
  for (const auto& [id, lease] : leases) release(lease, id);
}

void Runner::probe_closed() {
  const CallerId id = ledger_.add_caller(machine_.scheduler.current().id);
  void* lease = nullptr;
  if (acquire(id, 10ms, lease)) release(lease, id);
}

bool Runner::acquire(CallerId id, std::optional<Duration> timeout, void*& lease) {
  return acquire_by(id, timeout, [&] {
    return accused_.adapter().acquire(pool_, in_milliseconds(timeout), &lease);
  });
}

// Another task calls it off when its time has come, even if it has long ended.
bool Runner::acquire_cancellable(CallerId id, const scenario::Loan& loan, void*& lease) {
  auto& scheduler = machine_.scheduler;
  const poolproof_extension& extension = accused_.extension();
  void* const token = extension.make_token();
  const Time when = scheduler.now() + *loan.cancel_after;
  const world::TaskId canceller = scheduler.spawn([&, id] {
    machine_.scheduler.sleep_until(when);
    see({.kind = Kind::cancelled, .caller = id});
    extension.cancel(token);
  });
  const bool has_lease = acquire_by(id, loan.timeout, [&] {
    return extension.acquire_cancellable(pool_, in_milliseconds(loan.timeout), token, &lease);
  });
  scheduler.join(canceller);
  extension.free_token(token);
  return has_lease;
}

bool Runner::acquire_by(CallerId id, std::optional<Duration> timeout,
                        const std::function<int()>& call) {
  see({.kind = Kind::acquire_called,
       .caller = id,
       .limit = timeout ? timeout : result_.scenario.pool.timeout});
  const Outcome outcome = outcome_of(call());
  see({.kind = Kind::acquire_returned, .caller = id, .outcome = outcome});
  return outcome == Outcome::ok;
}

// A caller whose query fails goes on: whether the connection is still good is the pool's to find
// out.
void Runner::use(void* lease, CallerId id, scenario::Use use) {
  switch (use) {
    case scenario::Use::query: query(lease, id, "SELECT 1"); break;
    case scenario::Use::failing_query: query(lease, id, "SELECT 1/0"); break;
    case scenario::Use::open_transaction:
      if (query(lease, id, "BEGIN")) query(lease, id, "SELECT 1");
      break;
    case scenario::Use::broken_transaction:
      if (query(lease, id, "BEGIN")) query(lease, id, "SELECT 1/0");
      break;
    case scenario::Use::setting: query(lease, id, "SET search_path TO app"); break;
  }
}

bool Runner::query(void* lease, CallerId id, const char* sql) {
  char first_value[64];
  see({.kind = Kind::query_called, .caller = id});
  const Outcome outcome =
      outcome_of(accused_.adapter().query(pool_, lease, sql, first_value, sizeof first_value));
  see({.kind = Kind::query_returned, .caller = id, .outcome = outcome});
  return outcome == Outcome::ok;
}

void Runner::release(void* lease, CallerId id) {
  see({.kind = Kind::release_called, .caller = id});
  accused_.adapter().release(pool_, lease);
  see({.kind = Kind::release_returned, .caller = id});
}

// ---- how it ended ----

void Runner::judge_ending() {
  if (result_.ending == Ending::misuse) {
    report_(LawId::crash, result_.refusal);
  } else if (result_.ending == Ending::runaway) {
    report_(LawId::stuck, "the run goes on without end: some thread goes in circles");
  } else if (result_.ending == Ending::deadlock) {
    std::string who;
    for (std::size_t i = 0; i < ledger_.callers().size(); ++i) {
      const Caller& caller = ledger_.callers()[i];
      if (caller.phase == Phase::outside || caller.phase == Phase::holding) continue;
      const auto& task = machine_.scheduler.task(caller.task);
      who += fmt::format("{}{} for ever in {} ({})", who.empty() ? "" : ", ",
                         ledger_.name(static_cast<CallerId>(i)),
                         caller.phase == Phase::releasing ? "release" : "acquire",
                         world::name(task.pending.kind));
    }
    if (who.empty()) who = "threads that the pool started have not ended";
    report_(LawId::stuck, fmt::format("no thread can run and no timer is armed: {}", who));
  }
}

}  // namespace poolproof::check
