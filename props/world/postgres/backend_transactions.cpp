// Transactions: blocks, savepoints, and what their ends take back.
#include <algorithm>

#include "props/world/postgres/backend.hpp"
#include "props/world/postgres/server.hpp"

namespace poolproof::world::postgres {
namespace {

using Kind = Statement::Kind;

}  // namespace

bool Backend::admits(const Statement& statement) {
  if (transaction_ != TransactionStatus::failed) return true;
  switch (statement.kind) {
    case Kind::empty:
    case Kind::wrong:
    case Kind::commit:
    case Kind::rollback:
    case Kind::rollback_to: return true;
    default: break;
  }
  fail("25P02", "current transaction is aborted, commands ignored until end of transaction block");
  return false;
}

bool Backend::read_only() const {
  if (server_.in_recovery(id_)) return true;
  return access_said_ ? access_read_only_ : settings_.read_only_by_default();
}

// ---- what a rollback goes back to ----

Backend::Before Backend::snapshot() const {
  return {settings_.snapshot(), temporary_, server_.shared_.tables, channels_,
          notifications_.size()};
}

void Backend::remember() {
  if (!before_) before_ = snapshot();
}

void Backend::restore(const Before& before) {
  settings_.restore(before.settings);
  temporary_ = before.temporary;
  server_.shared_.tables = before.shared;
  channels_ = before.channels;
  notifications_.resize(before.notifications);
}

void Backend::commit() {
  transaction_ = TransactionStatus::idle;
  access_said_ = queried_ = false;
  if (before_) {
    settings_.commit();
    temporary_.drop_at_commit();
    before_.reset();
    savepoints_.clear();
  }
  if (!portals_.empty()) std::erase_if(portals_, [](const Portal& each) { return !each.held; });
  if (holds_locks_) {
    server_.shared_.locks.release_all(id_, LockLevel::transaction);
    holds_locks_ = server_.shared_.locks.held_by(id_);
    server_.wake_granted();
  }
  if (notifications_.empty()) return;
  // Not twice the same from one transaction.
  std::vector<Notification> told;
  for (Notification& each : std::exchange(notifications_, {})) {
    const bool again = std::any_of(told.begin(), told.end(), [&](const Notification& other) {
      return other.channel == each.channel && other.payload == each.payload;
    });
    if (again) continue;
    server_.notify(id_, each.channel, each.payload);
    told.push_back(std::move(each));
  }
}

void Backend::roll_back() {
  const bool touched = before_.has_value();
  if (touched) restore(*before_);
  before_.reset();
  savepoints_.clear();
  notifications_.clear();
  // A cursor WITH HOLD that its transaction made goes with it; those of before stay.
  std::erase_if(portals_, [](const Portal& each) { return !each.held; });
  transaction_ = TransactionStatus::idle;
  access_said_ = queried_ = false;
  if (holds_locks_) {
    server_.shared_.locks.release_all(id_, LockLevel::transaction);
    holds_locks_ = server_.shared_.locks.held_by(id_);
    server_.wake_granted();
  }
}

void Backend::abort() {
  if (in_block()) {
    transaction_ = TransactionStatus::failed;
  } else {
    roll_back();
  }
}

void Backend::finish() {
  if (!in_block()) commit();
}

void Backend::end() {
  AdvisoryLocks& locks = server_.shared_.locks;
  locks.give_up(id_);
  if (in_block() && before_) server_.shared_.tables = before_->shared;
  if (holds_locks_) {
    locks.release_all(id_, LockLevel::transaction);
    locks.release_all(id_, LockLevel::session);
  }
  server_.wake_granted();
}

// ---- statements ----

Outcome Backend::run_transaction(Execution& execution) {
  switch (execution.statement->kind) {
    case Kind::begin: return begin(execution);
    case Kind::set_transaction: return set_transaction(execution);
    case Kind::commit:
    case Kind::rollback: return end_block(execution);
    default: return run_savepoint(execution);
  }
}

void Backend::apply_modes(const Statement& statement) {
  if (statement.access != Statement::Access::unsaid) {
    remember();
    access_said_ = true;
    access_read_only_ = statement.access == Statement::Access::read_only;
    settings_.set("transaction_read_only", access_read_only_ ? "on" : "off",
                  Settings::Scope::transaction);
  }
  if (!statement.isolation.empty()) {
    remember();
    settings_.set("transaction_isolation", statement.isolation, Settings::Scope::transaction);
  }
}

Outcome Backend::begin(Execution& execution) {
  if (in_block()) {
    warn("25001", "there is already a transaction in progress");
  } else {
    transaction_ = TransactionStatus::in_transaction;
    queried_ = false;
  }
  apply_modes(*execution.statement);
  return done(execution, execution.statement->tag);
}

Outcome Backend::set_transaction(Execution& execution) {
  const Statement& statement = *execution.statement;
  if (!in_block() && !of_several_) {
    warn("25P01", "SET TRANSACTION can only be used in transaction blocks");
    return done(execution, "SET");
  }
  if (!statement.isolation.empty() && queried_) {
    return fail("25001", "SET TRANSACTION ISOLATION LEVEL must be called before any query");
  }
  if (statement.access == Statement::Access::read_write && read_only() && queried_) {
    return fail("25001", "transaction read-write mode must be set before any query");
  }
  apply_modes(statement);
  return done(execution, "SET");
}

Outcome Backend::end_block(Execution& execution) {
  const Statement& statement = *execution.statement;
  const bool commits = statement.kind == Kind::commit && transaction_ != TransactionStatus::failed;
  if (!in_block()) {
    if (statement.local) {
      return fail("25P01",
                  std::string(statement.tag) + " AND CHAIN can only be used in transaction blocks");
    }
    warn("25P01", "there is no transaction in progress");
  }
  const bool read_only = access_said_ && access_read_only_;
  const bool said = access_said_;
  if (commits) {
    commit();
  } else {
    roll_back();
  }
  if (statement.local) {
    transaction_ = TransactionStatus::in_transaction;
    access_said_ = said;
    access_read_only_ = read_only;
  }
  return done(execution, commits ? "COMMIT" : "ROLLBACK");
}

Outcome Backend::run_savepoint(Execution& execution) {
  const Statement& statement = *execution.statement;
  const std::string_view title = statement.kind == Kind::savepoint ? "SAVEPOINT"
                                 : statement.kind == Kind::release ? "RELEASE SAVEPOINT"
                                                                   : "ROLLBACK TO SAVEPOINT";
  if (!in_block()) {
    return fail("25P01", std::string(title) + " can only be used in transaction blocks");
  }
  if (statement.kind == Kind::savepoint) {
    remember();
    savepoints_.push_back({statement.name, snapshot()});
    return done(execution, "SAVEPOINT");
  }
  const auto found =
      std::find_if(savepoints_.rbegin(), savepoints_.rend(),
                   [&](const Savepoint& each) { return each.name == statement.name; });
  if (found == savepoints_.rend()) {
    return fail("3B001", "savepoint \"" + statement.name + "\" does not exist");
  }
  if (statement.kind == Kind::release) {
    savepoints_.erase(found.base() - 1, savepoints_.end());
    return done(execution, "RELEASE");
  }
  restore(found->before);
  savepoints_.erase(found.base(), savepoints_.end());
  transaction_ = TransactionStatus::in_transaction;
  return done(execution, "ROLLBACK");
}

}  // namespace poolproof::world::postgres
