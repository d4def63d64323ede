// What the pool does, in the simulated machine, on the plainest schedule. Callers and one more task
// that does what is nobody's follow the script; the server, the callers and the hooks keep the log.
#include <libpq-fe.h>
#include <rapidcheck.h>

#include <poolproof/pool.hpp>

#include <array>
#include <stop_token>
#include <vector>

#include "props/laws/conformance.hpp"
#include "props/world/machine.hpp"

namespace poolproof::conformance {
namespace {

using world::FaultKind;
using world::Time;
using world::postgres::SessionId;

constexpr const char* kConninfo =
    "host=/simulated user=app dbname=app password=none sslmode=disable";

// The plainest, but each fault that can strike does.
class Plainest final : public world::Chooser {
 public:
  std::size_t next(std::span<const world::Candidate>) override { return 0; }
  std::uint32_t choose(world::Stream stream, std::uint32_t) override {
    return stream == world::Stream::faults ? 1 : 0;
  }
};

bool is_callers(Action action) {
  switch (action) {
    case Action::acquire:
    case Action::release:
    case Action::begin:
    case Action::invalidate:
    case Action::invalidate_softly:
    case Action::invalidate_generation:
    case Action::detach:
    case Action::maintain:
    case Action::warm_up:
    case Action::drain: return true;
    default: return false;
  }
}

class ByThePool final : private world::Observer {
 public:
  ByThePool(const Script& script, const std::vector<Step>& steps)
      : script_(script), steps_(steps) {}

  Log run() {
    Plainest chooser;
    const auto ending = machine().run(chooser, *this, [this] { root(); });
    RC_LOG() << machine().scheduler.refusal();
    RC_ASSERT(ending == world::Ending::finished);
    return std::move(log_);
  }

 private:
  // Kept: the first run in a process prepares things that later ones find ready.
  static world::Machine& machine() {
    static world::Machine instance;
    return instance;
  }

  void root() {
    world::Scheduler& scheduler = machine().scheduler;
    killer_ = PQconnectdb(kConninfo);
    {
      Pool pool(options());
      std::vector<world::TaskId> tasks;
      for (std::uint32_t i = 0; i < kCallers; ++i) {
        tasks.push_back(scheduler.spawn([this, &pool, i] { caller(pool, i); }));
      }
      oversee(pool);
      machine().faults.allow({});
      for (const auto task : tasks) scheduler.join(task);
    }
    PQfinish(killer_);
  }

  // ---- the pool ----

  PoolOptions options() {
    const model::PoolConfig& config = script_.config;
    PoolOptions options{.conninfo = kConninfo,
                        .pool_class = static_cast<PoolClass>(config.pool_class),
                        .pool_size = config.pool_size,
                        .max_overflow = config.max_overflow,
                        .timeout = config.timeout,
                        .recycle = config.recycle,
                        .use_lifo = config.use_lifo,
                        .pre_ping = config.pre_ping,
                        .reset_on_return = static_cast<ResetOnReturn>(config.reset_on_return),
                        .patience = config.patience,
                        .idle_timeout = config.idle_timeout,
                        .min_idle = config.min_idle,
                        .connect_backoff = config.connect_backoff};
    if (!script_.hooked) return options;
    using model::Hook;
    const auto add = [this](std::vector<poolproof::Hook>& hooks, Hook hook) {
      hooks.emplace_back([this, hook](const HookEvent& event) { called(hook, event); });
    };
    add(options.hooks.first_connect, Hook::first_connect);
    add(options.hooks.connect, Hook::connect);
    add(options.hooks.checkout, Hook::checkout);
    add(options.hooks.checkin, Hook::checkin);
    add(options.hooks.reset, Hook::reset);
    add(options.hooks.invalidate, Hook::invalidate);
    add(options.hooks.soft_invalidate, Hook::soft_invalidate);
    add(options.hooks.detach, Hook::detach);
    add(options.hooks.close, Hook::close);
    add(options.hooks.close_detached, Hook::close_detached);
    return options;
  }

  void called(model::Hook hook, const HookEvent& event) {
    std::optional<int> session;
    if (event.connection != nullptr) session = PQbackendPID(event.connection);
    note(session, std::string(model::name(hook)) + " hook for");
    const Command* const command = script_.in_force(now());
    if (command == nullptr || !command->throwing.contains(hook)) return;
    if (hook == model::Hook::checkout && command->checkout_says != model::Disconnected::no) {
      throw Disconnected(command->checkout_says == model::Disconnected::all);
    }
    throw std::runtime_error("as scripted");
  }

  // ---- who does what ----

  void oversee(Pool& pool) {
    for (std::size_t i = 0; i < script_.commands.size(); ++i) {
      machine().scheduler.sleep_until(Time(script_.at(i)));
      const Command& command = script_.commands[i];
      if (steps_[i].legal && !is_callers(command.action)) oversee(pool, command, steps_[i]);
      machine().scheduler.sleep_until(Time(script_.at(i) + kStep - std::chrono::milliseconds(1)));
      note(name(status_of(pool)));
    }
    machine().scheduler.sleep_until(Time(script_.end()));
  }

  void oversee(Pool& pool, const Command& command, const Step& step) {
    world::FaultSet faults;
    switch (command.action) {
      case Action::cancel: stops_[command.caller].request_stop(); return;
      case Action::dispose: pool.dispose(); return;
      case Action::close: pool.close(); return;
      case Action::kill:
        // The killer is no part of the script: it finds the server as it is.
        PQclear(PQexec(
            killer_, ("SELECT pg_terminate_backend(" + std::to_string(step.victim) + ")").c_str()));
        return;
      case Action::server_refuses:
        faults.set(static_cast<std::size_t>(FaultKind::connect_refused));
        break;
      case Action::server_is_slow:
        faults.set(static_cast<std::size_t>(FaultKind::slow_answer));
        break;
      default: break;
    }
    machine().faults.allow(faults);
  }

  void caller(Pool& pool, std::uint32_t me) {
    std::vector<Lease> leases;  // more than one only of a pool that shares
    for (std::size_t i = 0; i < script_.commands.size(); ++i) {
      const Command& command = script_.commands[i];
      if (command.caller != me || !steps_[i].legal || !is_callers(command.action)) continue;
      if (machine().scheduler.now() > Time(script_.at(i))) continue;  // it did not get ready
      machine().scheduler.sleep_until(Time(script_.at(i)));
      if (command.action == Action::acquire) {
        if (leases.empty() || model::shares(script_.config)) acquire(pool, command, leases);
      } else if (!leases.empty()) {
        use(command.action, leases);
      } else {
        tend(pool, command);
      }
    }
    machine().scheduler.sleep_until(Time(script_.end()));
  }

  void acquire(Pool& pool, const Command& command, std::vector<Lease>& leases) {
    std::stop_source& stop = stops_[command.caller] = std::stop_source();
    const auto outcome = [&](const std::string& what) {
      note(caller_name(command.caller) + " " + what);
    };
    auto result = pool.acquire(command.timeout, stop.get_token());
    if (!result) return outcome(words(result.error()));
    leases.push_back(*std::move(result));
    outcome("is granted session " + std::to_string(PQbackendPID(leases.back().native())));
  }

  static std::string words(const AcquireError& error) {
    switch (error.kind) {
      case AcquireError::Kind::timeout: return "times out";
      case AcquireError::Kind::connect_failed: return "cannot connect";
      case AcquireError::Kind::cancelled: return "was called off";
      case AcquireError::Kind::closed: return "finds it closed";
      case AcquireError::Kind::hook_failed: return "is failed by a hook";
      case AcquireError::Kind::given_up: return "is given up";
      case AcquireError::Kind::in_use: return "finds it in use";
      case AcquireError::Kind::inherited: break;
    }
    return error.message;
  }

  // What whoever has no lease does for the pool as a whole.
  void tend(Pool& pool, const Command& command) {
    const std::string who = caller_name(command.caller) + " ";
    switch (command.action) {
      case Action::maintain: pool.maintain(); return note(who + "is done");
      case Action::warm_up: {
        const auto error = pool.warm_up(command.number, pool.options().timeout);
        return note(who + (error ? words(*error) : "is done"));
      }
      case Action::drain:
        return note(who + (pool.drain(command.timeout) ? "is done" : "times out"));
      default: return;
    }
  }

  static void use(Action action, std::vector<Lease>& leases) {
    Lease& lease = leases.back();
    switch (action) {
      case Action::release: leases.pop_back(); break;
      case Action::begin: PQclear(PQexec(lease.native(), "BEGIN")); break;
      case Action::invalidate: lease.invalidate(); break;
      case Action::invalidate_softly: lease.invalidate(Invalidation::soft); break;
      case Action::invalidate_generation: lease.invalidate(Invalidation::generation); break;
      case Action::detach: lease.detach(); break;
      default: break;
    }
  }

  // ---- the log ----

  static model::Status status_of(const Pool& pool) {
    const PoolStatus status = pool.status();
    return {.size = static_cast<int>(status.size),
            .idle = static_cast<int>(status.idle),
            .checked_out = static_cast<int>(status.checked_out),
            .overflow = static_cast<int>(status.overflow),
            .waiting = static_cast<int>(status.waiting),
            .detached = static_cast<int>(status.detached)};
  }

  static Duration now() { return machine().scheduler.now().time_since_epoch(); }

  // From the end on everything is given back, which is no part of the script.
  void note(const std::string& what) {
    if (now() < script_.end()) log_.note(now(), what);
  }
  void note(std::optional<int> session, const std::string& what) {
    if (now() < script_.end()) log_.note(now(), session, what);
  }

  bool is_killer(SessionId session) const {
    return killer_ == nullptr || static_cast<int>(session) == PQbackendPID(killer_);
  }

  void ended(SessionId session, EndedBy by) override {
    if (is_killer(session)) return;
    note(static_cast<int>(session), by == EndedBy::client ? "the client ends" : "the server ends");
  }
  void queried(SessionId session, std::string_view sql,
               const world::postgres::SessionState&) override {
    if (is_killer(session) || sql == "BEGIN") return;
    note(static_cast<int>(session), "is asked '" + std::string(sql) + "'");
  }
  void quiet(Time, Time) override {}
  void opened(SessionId) override {}
  void used(SessionId) override {}
  void struck(FaultKind, world::Place) override {}

  const Script& script_;
  const std::vector<Step>& steps_;
  PGconn* killer_ = nullptr;
  std::array<std::stop_source, kCallers> stops_;
  Log log_;
};

}  // namespace

Log by_the_pool(const Script& script, const std::vector<Step>& steps) {
  return ByThePool(script, steps).run();
}

}  // namespace poolproof::conformance
