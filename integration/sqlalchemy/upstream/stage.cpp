#include "integration/sqlalchemy/upstream/stage.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <stdexcept>
#include <utility>

namespace poolproof::upstream {
namespace {

constexpr const char* kConninfo =
    "host=/simulated user=app dbname=app password=none sslmode=disable gssencmode=disable";

using HookList = std::vector<Hook> PoolHooks::*;
constexpr std::array<std::pair<HookList, model::Hook>, 10> kLists{{
    {&PoolHooks::first_connect, model::Hook::first_connect},
    {&PoolHooks::connect, model::Hook::connect},
    {&PoolHooks::checkout, model::Hook::checkout},
    {&PoolHooks::checkin, model::Hook::checkin},
    {&PoolHooks::reset, model::Hook::reset},
    {&PoolHooks::invalidate, model::Hook::invalidate},
    {&PoolHooks::soft_invalidate, model::Hook::soft_invalidate},
    {&PoolHooks::detach, model::Hook::detach},
    {&PoolHooks::close, model::Hook::close},
    {&PoolHooks::close_detached, model::Hook::close_detached},
}};

// Every fault that is allowed strikes.
class Weather final : public world::Chooser {
 public:
  explicit Weather(std::optional<std::uint64_t> seed) : seeded_(seed), engine_(seed.value_or(0)) {}

  std::size_t next(std::span<const world::Candidate> candidates) override {
    const bool has_clock = candidates.back().pending.kind == world::OperationKind::clock;
    return any_of(candidates.size() - (has_clock ? 1 : 0));
  }
  std::uint32_t choose(world::Stream stream, std::uint32_t count) override {
    return stream == world::Stream::faults ? 1 : static_cast<std::uint32_t>(any_of(count));
  }

 private:
  std::size_t any_of(std::size_t count) {
    return seeded_ ? static_cast<std::size_t>(engine_() % count) : 0;
  }

  const bool seeded_;
  std::mt19937_64 engine_;
};

}  // namespace

world::Ending Stage::run(Body body, std::optional<std::uint64_t> seed) {
  hooks_are_well();
  up_ = true;
  known_.clear();
  killed_.clear();
  open_.clear();
  closed_.clear();
  opened_ = most_open_ = 0;
  Weather weather(seed);
  return machine_.run(weather, *this, std::move(body));
}

// ---- from inside a task ----

void Stage::sleep(Duration duration) {
  machine_.scheduler.sleep_until(machine_.scheduler.now() + duration);
}

std::vector<world::TaskId> Stage::start(const std::vector<Body>& bodies) {
  std::vector<world::TaskId> tasks;
  tasks.reserve(bodies.size());
  for (const Body& body : bodies) tasks.push_back(machine_.scheduler.spawn(body));
  return tasks;
}

void Stage::join(const std::vector<world::TaskId>& tasks) {
  for (const world::TaskId task : tasks) machine_.scheduler.join(task);
}

// ---- what happens to the server ----

void Stage::server_is_up(bool up) {
  up_ = up;
  world::FaultSet faults;
  if (!up) faults.set(static_cast<std::size_t>(world::FaultKind::connect_refused));
  machine_.faults.allow(faults);
}

void Stage::kill_all_sessions() {
  by_the_test_ = true;
  const std::set<SessionId> victims = open_;
  PGconn* const administrator = PQconnectdb(kConninfo);
  for (const SessionId victim : victims) {
    const std::string sql =
        "SELECT pg_terminate_backend(" + std::to_string(static_cast<int>(victim)) + ")";
    PQclear(PQexec(administrator, sql.c_str()));
  }
  PQfinish(administrator);
  by_the_test_ = false;
}

// ---- what is seen of it ----

void Stage::watch(std::vector<SessionId>& sessions) {
  sessions_ = &sessions;
  trace_.clear();
}

Stage::Trace Stage::unwatch() {
  sessions_ = nullptr;
  return std::move(trace_);
}

void Stage::note(const std::string& what, std::optional<SessionId> session) {
  if (sessions_ == nullptr) return;
  if (!session) return trace_.push_back(what);
  const auto found = std::ranges::find(*sessions_, *session);
  trace_.push_back(what + " " + std::to_string(found - sessions_->begin() + 1));
}

void Stage::opened(SessionId session) {
  if (by_the_test_) return;
  open_.insert(session);
  ++opened_;
  most_open_ = std::max(most_open_, open_now());
  if (sessions_ != nullptr) sessions_->push_back(session);
  note("opened", session);
}

void Stage::ended(SessionId session, EndedBy by) {
  if (open_.erase(session) == 0) return;  // the administrator's
  if (by == EndedBy::server) {
    killed_.insert(session);
  } else {
    ++closed_[session];
    note("closed", session);
  }
}

void Stage::queried(SessionId session, std::string_view sql, const world::postgres::SessionState&) {
  if (!by_the_test_) note(sql.empty() ? "pinged" : std::string(sql), session);
}

void Stage::struck(world::FaultKind, world::Place) { note("refused", std::nullopt); }

// ---- pools ----

PoolOptions Stage::reaching_the_server(PoolOptions options) {
  options.conninfo = kConninfo;
  return options;
}

PoolHooks Stage::with_witnesses(const PoolHooks& hooks) {
  PoolHooks all = hooks;
  for (const auto& [list, hook] : kLists) {
    (all.*list).insert((all.*list).begin(),
                       [this, which = hook](const HookEvent& event) { witness(which, event); });
  }
  return all;
}

void Stage::witness(model::Hook hook, const HookEvent& event) {
  const std::string what = std::string(model::name(hook)) + " hook:";
  std::optional<SessionId> session;
  if (event.connection != nullptr) session = session_of(event.connection);
  note(session ? what : what + " EMPTY", session);
  if (trouble_.by_the_tests_own_hooks || !trouble_.hooks.contains(hook)) return;
  if (trouble_.only && trouble_.only != session) return;
  if (hook == model::Hook::checkout && trouble_.checkout_says != model::Disconnected::no) {
    throw Disconnected(trouble_.checkout_says == model::Disconnected::all);
  }
  if (trouble_.thrown) std::rethrow_exception(trouble_.thrown);
  throw std::runtime_error("it failed");
}

bool Stage::execute(PGconn* connection, const std::string& sql) {
  by_the_test_ = true;
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection, sql.c_str()),
                                                             &PQclear);
  by_the_test_ = false;
  const ExecStatusType status = PQresultStatus(result.get());
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

SessionId Stage::session_of(const PGconn* connection) {
  // libpq forgets the number with the session.
  if (const int pid = PQbackendPID(connection)) known_[connection] = SessionId{pid};
  return known_[connection];
}

}  // namespace poolproof::upstream
