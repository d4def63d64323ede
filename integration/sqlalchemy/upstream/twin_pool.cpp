#include "integration/sqlalchemy/upstream/twin_pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "model/laws.hpp"

namespace poolproof::upstream {
namespace {

using Kind = AcquireError::Kind;
using testing::ElementsAreArray;

model::PoolConfig config_of(const PoolOptions& options) {
  return {.pool_size = options.pool_size,
          .max_overflow = options.max_overflow,
          .timeout = options.timeout,
          .recycle = options.recycle,
          .use_lifo = options.use_lifo,
          .pre_ping = options.pre_ping,
          .reset_on_return = static_cast<model::ResetOnReturn>(options.reset_on_return),
          .patience = options.patience};
}
static_assert(
    static_cast<int>(model::ResetOnReturn::rollback) == static_cast<int>(ResetOnReturn::rollback) &&
    static_cast<int>(model::ResetOnReturn::commit) == static_cast<int>(ResetOnReturn::commit) &&
    static_cast<int>(model::ResetOnReturn::none) == static_cast<int>(ResetOnReturn::none));

model::Invalidation of(Invalidation how) {
  switch (how) {
    case Invalidation::hard: return model::Invalidation::hard;
    case Invalidation::soft: return model::Invalidation::soft;
    case Invalidation::generation: return model::Invalidation::generation;
  }
  return {};
}

std::string text(Kind kind) {
  switch (kind) {
    case Kind::timeout: return "timeout";
    case Kind::connect_failed: return "connect_failed";
    case Kind::cancelled: return "cancelled";
    case Kind::closed: return "closed";
    case Kind::hook_failed: return "hook_failed";
    case Kind::given_up: return "given_up";
    case Kind::in_use: return "in_use";
    case Kind::inherited: return "inherited";
  }
  return "?";
}

model::Status status_of(const PoolStatus& ours) {
  return {.size = static_cast<int>(ours.size),
          .idle = static_cast<int>(ours.idle),
          .checked_out = static_cast<int>(ours.checked_out),
          .overflow = static_cast<int>(ours.overflow),
          .waiting = static_cast<int>(ours.waiting),
          .detached = static_cast<int>(ours.detached)};
}

std::unique_ptr<Pool> with_witnesses(Stage& stage, PoolOptions options) {
  options.hooks = stage.with_witnesses(options.hooks);
  return std::make_unique<Pool>(Stage::reaching_the_server(std::move(options)));
}

}  // namespace

// ---- TwinLease ----

TwinLease& TwinLease::operator=(TwinLease&& other) noexcept {
  if (this == &other) return *this;
  release();
  pool_ = other.pool_;
  caller_ = other.caller_;
  lease_ = std::move(other.lease_);
  return *this;
}

void TwinLease::release() {
  if (!held()) return;
  pool_->both(
      "release", [this] { lease_.reset(); }, [this] { pool_->step(model::Release{caller_}); });
}

void TwinLease::invalidate(Invalidation how, const std::exception_ptr& reason) {
  if (!held()) return;
  pool_->both(
      "invalidate", [&] { lease_->invalidate(how, reason); },
      [&] {
        pool_->step(model::Invalidate{caller_, of(how)});
      });
}

void TwinLease::detach() {
  if (!held()) return;
  pool_->both(
      "detach", [this] { lease_->detach(); }, [this] { pool_->step(model::Detach{caller_}); });
}

int TwinLease::session() const {
  if (!held() || lease_->native() == nullptr) return 0;
  return static_cast<int>(pool_->stage_.session_of(lease_->native()));
}

bool TwinLease::execute(const std::string& sql) {
  return held() && lease_->native() != nullptr && pool_->stage_.execute(lease_->native(), sql);
}

// ---- TwinPool: the verbs ----

TwinPool::TwinPool(Stage& stage, PoolOptions options)
    : TwinPool(with_witnesses(stage, std::move(options)), stage) {}

TwinPool::TwinPool(std::unique_ptr<Pool> pool, Stage& stage)
    : stage_(stage),
      pool_(std::move(pool)),
      config_(config_of(pool_->options())),
      state_(model::initial(config_)) {}

TwinLease TwinPool::acquire() {
  TwinLease lease;
  const auto error = acquire_both(lease);
  EXPECT_FALSE(error) << error->message;
  return lease;
}

AcquireError TwinPool::fails_to_acquire() {
  TwinLease lease;
  const auto error = acquire_both(lease);
  EXPECT_TRUE(error) << "the acquire that was to fail did not";
  return error.value_or(AcquireError{});
}

void TwinPool::dispose() {
  both(
      "dispose", [this] { pool_->dispose(); }, [this] { step(model::Dispose{}); });
}

std::unique_ptr<TwinPool> TwinPool::recreate() const {
  return std::unique_ptr<TwinPool>(new TwinPool(pool_->recreate(), stage_));
}

int TwinPool::times(const std::string& what) const {
  return static_cast<int>(
      std::ranges::count_if(all_, [&](const std::string& line) { return line.starts_with(what); }));
}

Stage::Trace TwinPool::wire() const {
  Stage::Trace lines;
  std::ranges::copy_if(all_, std::back_inserter(lines), [](const std::string& line) {
    return line.find(" hook:") == std::string::npos;
  });
  return lines;
}

// ---- TwinPool: both at once ----

std::optional<AcquireError> TwinPool::acquire_both(TwinLease& lease) {
  const model::CallerId caller{++callers_};
  std::optional<Pool::Acquired> ours;
  both(
      "acquire", [&] { ours.emplace(pool_->acquire()); },
      [&] {
        end_.clear();
        step(model::Acquire{caller, options().timeout});
        prepare(caller);
      });
  if (!*ours) {
    EXPECT_EQ(text(ours->error().kind), end_);
    return std::move(ours->error());
  }
  lease.pool_ = this;
  lease.caller_ = caller;
  lease.lease_ = std::make_unique<Lease>(**std::move(ours));
  EXPECT_EQ("granted " + std::to_string(lease.session()), end_);
  if (PQtransactionStatus(lease->native()) == PQTRANS_IDLE) lease.execute("BEGIN");
  return std::nullopt;
}

// What the environment answers to the model, as it did to our pool.
void TwinPool::prepare(model::CallerId caller) {
  while (const model::Preparing* const slot = preparing(caller)) {
    if (slot->slot.connection) {
      const bool alive = !stage_.killed(session(slot->slot.connection->id));
      step(alive ? model::Event(model::PingSucceeded{caller})
                 : model::Event(model::PingFailed{caller}));
    } else if (stage_.server_is_up()) {
      note("opened", state_.next_connection);
      step(model::Connected{caller});
    } else {
      expected_.emplace_back("refused");
      step(model::ConnectFailed{caller});
    }
  }
  step(model::Advance{model::Time(stage_.now())});
}

void TwinPool::both(const std::string& verb, const std::function<void()>& ours,
                    const std::function<void()>& the_models) {
  step(model::Advance{model::Time(stage_.now())});
  expected_.clear();
  stage_.watch(sessions_);
  ours();
  trace_ = stage_.unwatch();
  all_.insert(all_.end(), trace_.begin(), trace_.end());
  the_models();
  EXPECT_THAT(trace_, ElementsAreArray(expected_)) << verb << ", as the model has it";
  EXPECT_EQ(status_of(pool_->status()), model::status(config_, state_)) << "after " << verb;
}

// ---- TwinPool: the model ----

void TwinPool::step(const model::Event& event) {
  if (const auto reason = model::illegal(config_, state_, event)) {
    ADD_FAILURE() << model::to_string(event) << ": " << *reason;
    return;
  }
  model::Failures failures;
  const auto subject = concerned(event);
  if (!stage_.trouble().only || stage_.trouble().only == subject) {
    failures.hooks = stage_.trouble().hooks;
    failures.checkout_says = stage_.trouble().checkout_says;
  }
  failures.reset = subject && stage_.killed(*subject);
  const model::Transition transition{config_, state_, event,
                                     model::step(config_, state_, event, failures), failures};
  const auto broken = model::broken_law(transition);
  EXPECT_FALSE(broken) << "the model breaks " << model::id(*broken);
  for (const model::Answer& answer : transition.step.answers) heed(answer);
  state_ = transition.step.after;
}

// What the answer means on the wire and to the hooks, or to the caller.
void TwinPool::heed(const model::Answer& answer) {
  if (const auto* hook = std::get_if<model::HookCalled>(&answer)) {
    const std::string what = std::string(model::name(hook->hook)) + " hook:";
    if (hook->connection) {
      expected_.push_back(what + " " + std::to_string(static_cast<int>(*hook->connection)));
    } else {
      expected_.push_back(what + " EMPTY");
    }
  } else if (const auto* ping = std::get_if<model::PingConnection>(&answer)) {
    note("pinged", ping->connection);
  } else if (const auto* reset = std::get_if<model::ResetConnection>(&answer)) {
    const bool commits = config_.reset_on_return == model::ResetOnReturn::commit;
    note(commits ? "COMMIT" : "ROLLBACK", reset->connection);
  } else if (const auto* close = std::get_if<model::CloseConnection>(&answer)) {
    note("closed", close->connection);
  } else if (const auto* granted = std::get_if<model::Granted>(&answer)) {
    end_ = "granted " + std::to_string(static_cast<int>(session(granted->connection)));
  } else if (std::holds_alternative<model::TimedOut>(answer)) {
    end_ = text(Kind::timeout);
  } else if (std::holds_alternative<model::ConnectionError>(answer)) {
    end_ = text(Kind::connect_failed);
  } else if (std::holds_alternative<model::HookError>(answer)) {
    end_ = text(Kind::hook_failed);
  } else if (std::holds_alternative<model::GivenUp>(answer)) {
    end_ = text(Kind::given_up);
  }
}

// Nothing of it reaches a session that the server has ended.
void TwinPool::note(const std::string& what, model::ConnectionId connection) {
  if (stage_.killed(session(connection))) return;
  expected_.push_back(what + " " + std::to_string(static_cast<int>(connection)));
}

const model::Preparing* TwinPool::preparing(model::CallerId caller) const {
  const auto found = std::ranges::find(state_.preparing, caller, &model::Preparing::caller);
  return found == state_.preparing.end() ? nullptr : &*found;
}

// Whose connection the event is about.
std::optional<SessionId> TwinPool::concerned(const model::Event& event) const {
  std::optional<model::Connection> connection;
  if (std::holds_alternative<model::Acquire>(event) && !state_.idle.empty()) {
    connection = (config_.use_lifo ? state_.idle.back() : state_.idle.front()).connection;
  } else if (const auto* pinged = std::get_if<model::PingSucceeded>(&event)) {
    connection = preparing(pinged->caller)->slot.connection;
  } else if (std::holds_alternative<model::Connected>(event)) {
    return session(state_.next_connection);
  } else if (const auto* release = std::get_if<model::Release>(&event)) {
    const auto detached = state_.detached.find(release->caller);
    connection = detached == state_.detached.end() ? state_.out.at(release->caller).connection
                                                   : detached->second;
  }
  if (!connection) return std::nullopt;
  return session(connection->id);
}

SessionId TwinPool::session(model::ConnectionId connection) const {
  const auto index = static_cast<std::size_t>(connection) - 1;
  return index < sessions_.size() ? sessions_[index] : SessionId{};
}

}  // namespace poolproof::upstream
