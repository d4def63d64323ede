// The simple query protocol: one string, several statements, one ReadyForQuery.
#include "props/world/postgres/session.hpp"

namespace poolproof::world::postgres {

void Session::query(std::string_view sql) {
  if (server_.faults_.strikes(FaultKind::query_lost, place())) return suffer(FaultKind::reset);
  announce(sql);
  state_ = State::querying;
  if (server_.falls(place())) return;
  if (server_.faults_.strikes(FaultKind::killed_in_query, place())) return terminate();
  by_ = By::simple;
  statements_ = &server_.parsed(sql);
  next_ = 0;
  unnamed_.statement = nullptr;
  backend_.close_portal({});
  backend_.group(statements_->size() > 1, false);
  execution_ = {};
  since_ = server_.scheduler_.now();
  run_query();
}

// Goes on with the statement where it stands, to the end or the next wait.
void Session::run_query() {
  while (next_ < statements_->size()) {
    const Statement& statement = (*statements_)[next_];
    if (!backend_.admits(statement)) {
      return interrupt(backend_.failure().sqlstate, backend_.failure().message);
    }
    if (!statement.ready_answer.empty()) {
      backend_.has_queried();
      answer_.append(statement.ready_answer);
      ++next_;
      continue;
    }
    if (execution_.statement == nullptr) {
      execution_.statement = &statement;
      execution_.describes = true;
    }
    executing_ = true;
    const Outcome outcome = backend_.run(execution_);
    executing_ = false;
    if (state_ == State::ended) return;
    switch (outcome) {
      case Outcome::waiting: return start_waiting();
      case Outcome::copying: return begin_copy();
      case Outcome::failed:
        return interrupt(backend_.failure().sqlstate, backend_.failure().message);
      case Outcome::done: break;
    }
    write_rows();
    if (state_ == State::ended || state_ == State::ready) return;
    execution_ = {};
    since_ = server_.scheduler_.now();
    ++next_;
  }
  finish_query();
}

void Session::finish_query() {
  backend_.finish();
  ready();
}

}  // namespace poolproof::world::postgres
