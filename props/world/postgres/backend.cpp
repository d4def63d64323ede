#include "props/world/postgres/backend.hpp"

#include <algorithm>

#include "props/world/postgres/evaluator.hpp"
#include "props/world/postgres/server.hpp"

namespace poolproof::world::postgres {
namespace {

using Kind = Statement::Kind;

}  // namespace

Outcome Backend::fail(std::string_view sqlstate, std::string_view message) {
  failure_ = {std::string(sqlstate), std::string(message)};
  return Outcome::failed;
}

Outcome Backend::fail(Failure failure) {
  failure_ = std::move(failure);
  return Outcome::failed;
}

Outcome Backend::done(Execution& execution, std::string_view tag) {
  execution.tag = tag;
  execution.finished = true;
  return Outcome::done;
}

void Backend::warn(std::string_view sqlstate, std::string_view message) {
  host_.warn("WARNING", sqlstate, message);
}

// ---- statements ----

Outcome Backend::run(Execution& execution) {
  if (execution.finished) return Outcome::done;
  const Statement& statement = *execution.statement;
  wait_ = {};
  if (statement.writes && read_only()) {
    Table* const table = find_table(statement.name);
    const bool own = table != nullptr && table == temporary_.find(statement.name);
    if (!own) {
      const bool query = statement.kind == Kind::select;
      return fail("25006", "cannot execute " +
                               (query ? std::string("SELECT FOR UPDATE") : statement.tag) +
                               " in a read-only transaction");
    }
  }
  if (statement.alone) {
    if (in_block() || of_several_) {
      return fail("25001", statement.tag + " cannot run inside a transaction block");
    }
    if (pipelined_) return fail("25001", statement.tag + " cannot be executed within a pipeline");
  }
  switch (statement.kind) {
    case Kind::empty: return done(execution, {});
    case Kind::wrong: return fail(*statement.failure);
    case Kind::begin:
    case Kind::commit:
    case Kind::rollback:
    case Kind::savepoint:
    case Kind::rollback_to:
    case Kind::release:
    case Kind::set_transaction: return run_transaction(execution);
    case Kind::set:
    case Kind::reset:
    case Kind::reset_all:
    case Kind::show:
    case Kind::show_all: return run_setting(execution);
    case Kind::discard: return discard(execution);
    case Kind::select: queried_ = true; return run_query(execution);
    case Kind::create_table:
    case Kind::drop_table:
    case Kind::insert:
    case Kind::update:
    case Kind::remove:
    case Kind::truncate:
    case Kind::lock_table:
    case Kind::copy_in:
    case Kind::copy_out: queried_ = true; return run_table(execution);
    case Kind::explain: {
      execution.rows = {{{Type::text, "Result  (cost=0.00..0.01 rows=1 width=4)"}}};
      execution.columns = {{"QUERY PLAN", Type::text}};
      execution.has_rows = true;
      return done(execution, "EXPLAIN");
    }
    case Kind::prepare:
    case Kind::execute:
    case Kind::deallocate:
    case Kind::declare:
    case Kind::fetch:
    case Kind::close: return run_named(execution);
    case Kind::listen:
    case Kind::unlisten:
    case Kind::notify: return run_notification(execution);
    case Kind::other: return done(execution, statement.tag);
  }
  return Outcome::failed;
}

SessionState Backend::state() const {
  return {.transaction = transaction_,
          .altered = settings_.altered(),
          .listening = !channels_.empty(),
          .temp_tables = !temporary_.empty(),
          .prepared = !prepared_.empty(),
          .cursors = std::any_of(portals_.begin(), portals_.end(),
                                 [](const Portal& each) { return !each.name.empty(); }),
          .advisory_locks = holds_locks_};
}

void Backend::log_in(std::string user, std::string database) {
  user_ = std::move(user);
  database_ = std::move(database);
}

}  // namespace poolproof::world::postgres
