// Where a ported test plays: the simulated machine with its PostgreSQL, what the test does to that
// server, and what is seen there and by the hooks. EXPECT_ works in its tasks: a failure is
// reported where it happens, and the run goes on.
// For tests only; may include impl/poolproof, model/ and props/world.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <poolproof/pool.hpp>

#include "model/event.hpp"
#include "props/world/machine.hpp"

namespace poolproof::upstream {

using world::Duration;
using world::postgres::SessionId;

// Which hooks throw what.
struct Trouble {
  std::set<model::Hook> hooks = {};
  model::Disconnected checkout_says = model::Disconnected::no;
  std::exception_ptr thrown = nullptr;           // nullptr: an exception of no meaning
  std::optional<SessionId> only = std::nullopt;  // nullopt: at any connection
  bool by_the_tests_own_hooks = false;           // which throw it themselves
};

class Stage final : private world::Observer {
 public:
  using Body = std::function<void()>;

  // Runs `body` as the first task. Without a seed one task goes on for as long as it can; with one
  // any task may go on at any point. Neither lets time pass while a task can run.
  world::Ending run(Body body, std::optional<std::uint64_t> seed = std::nullopt);

  // What kept the last run from finishing, if a task did.
  [[nodiscard]] const std::string& refusal() const { return machine_.scheduler.refusal(); }

  // ---- from inside a task ----

  [[nodiscard]] Duration now() const { return machine_.scheduler.now().time_since_epoch(); }
  void sleep(Duration duration);
  // Starts these as tasks of their own.
  std::vector<world::TaskId> start(const std::vector<Body>& bodies);
  void join(const std::vector<world::TaskId>& tasks);

  // ---- what happens to the server ----

  // A server that is down refuses connects. Its sessions are another matter.
  void server_is_up(bool up);
  [[nodiscard]] bool server_is_up() const { return up_; }
  void kill_all_sessions();
  // Whether the server ended it.
  [[nodiscard]] bool killed(SessionId session) const { return killed_.contains(session); }

  // ---- what is seen of it ----

  // "opened 2", "refused", "pinged 1", "ROLLBACK 1", "closed 1", and of hooks "checkin hook: 1" or
  // "checkin hook: EMPTY". Statements of the test itself are left out.
  using Trace = std::vector<std::string>;

  // From now on a connection's number is its place in `sessions`, where new ones are added.
  void watch(std::vector<SessionId>& sessions);
  Trace unwatch();

  // Since the run began: sessions opened by the pool; of those closed by it, how often each was.
  [[nodiscard]] int opened() const { return opened_; }
  [[nodiscard]] const std::map<SessionId, int>& closed() const { return closed_; }
  [[nodiscard]] int open_now() const { return static_cast<int>(open_.size()); }
  [[nodiscard]] int most_open() const { return most_open_; }

  // ---- pools ----

  // The same options, for the server here.
  [[nodiscard]] static PoolOptions reaching_the_server(PoolOptions options);
  // The same hooks, each list preceded by one that notes the call and then makes trouble if it is
  // to.
  [[nodiscard]] PoolHooks with_witnesses(const PoolHooks& hooks);
  void hooks_throw(Trouble trouble) { trouble_ = std::move(trouble); }
  void hooks_are_well() { trouble_ = {}; }
  [[nodiscard]] const Trouble& trouble() const { return trouble_; }

  // The test's own statement on a connection of the pool's; whether it succeeded.
  bool execute(PGconn* connection, const std::string& sql);
  // Also of a connection that libpq has seen break.
  SessionId session_of(const PGconn* connection);

 private:
  void witness(model::Hook hook, const HookEvent& event);
  void note(const std::string& what, std::optional<SessionId> session);

  void quiet(world::Time, world::Time) override {}
  void opened(SessionId session) override;
  void ended(SessionId session, EndedBy by) override;
  void used(SessionId) override {}
  void queried(SessionId session, std::string_view sql,
               const world::postgres::SessionState& before) override;
  void struck(world::FaultKind fault, world::Place place) override;

  world::Machine machine_;
  Trouble trouble_;
  bool up_ = true;
  bool by_the_test_ = false;  // what happens on the wire is the test's own doing
  std::map<const PGconn*, SessionId> known_;
  std::set<SessionId> killed_;
  std::set<SessionId> open_;
  std::map<SessionId, int> closed_;
  int opened_ = 0;
  int most_open_ = 0;
  std::vector<SessionId>* sessions_ = nullptr;
  Trace trace_;
};

}  // namespace poolproof::upstream
