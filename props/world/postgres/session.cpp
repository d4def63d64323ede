#include "props/world/postgres/session.hpp"

#include <algorithm>
#include <string>

namespace poolproof::world::postgres {
namespace {

using namespace std::chrono_literals;

// Codes that stand where a start-up message has its protocol version.
constexpr std::int32_t kProtocol3 = 3 << 16;
constexpr std::int32_t kCancelRequest = 80877102;
constexpr std::int32_t kSslRequest = 80877103;
constexpr std::int32_t kGssEncRequest = 80877104;

// The server's default; a client that has not been let in by then is dropped.
constexpr Duration kAuthenticationTimeout = 60s;
constexpr Duration kSlow = 15ms;

// What PostgreSQL 15 reports of itself at start-up.
const std::string& greeting() {
  static const std::string bytes = [] {
    Answer answer;
    answer.authentication_ok()
        .parameter("application_name", "")
        .parameter("client_encoding", "UTF8")
        .parameter("DateStyle", "ISO, MDY")
        .parameter("default_transaction_read_only", "off")
        .parameter("in_hot_standby", "off")
        .parameter("integer_datetimes", "on")
        .parameter("IntervalStyle", "postgres")
        .parameter("is_superuser", "off")
        .parameter("server_encoding", "UTF8")
        .parameter("server_version", "15.0")
        .parameter("session_authorization", "app")
        .parameter("standard_conforming_strings", "on")
        .parameter("TimeZone", "UTC");
    return answer.bytes();
  }();
  return bytes;
}

constexpr std::string_view kTerminated = "terminating connection due to administrator command";

}  // namespace

Session::Session(Server& server, Line& line, SessionId id, bool hung)
    : server_(server), line_(line), id_(id), hung_(hung) {
  if (hung) line_.end(kAuthenticationTimeout);
}

Session::~Session() = default;

// ---- from the client ----

void Session::used() { server_.observer_->used(id_); }

void Session::receive(std::string_view bytes) {
  if (state_ == State::ended) return;
  inbox_.append(bytes);
  if (hung_) return take_no_notice();
  go_on();
}

// A session that nobody serves is one all the same.
void Session::take_no_notice() {
  const auto message = inbox_.next(state_ != State::starting);
  if (!message || message->body.size() < sizeof(std::int32_t)) return;
  if (read_number32(message->body) == kProtocol3) server_.observer_->started(id_);
}

// What comes while a query is under way waits until it is answered.
void Session::go_on() {
  while (state_ != State::ended && state_ != State::cancelling && !awakes_) {
    const auto message = inbox_.next(state_ != State::starting);
    if (!message) return;
    handle(*message);
  }
}

void Session::hang_up() { end(ServerObserver::EndedBy::client); }

Place Session::place() const {
  const auto phase = [this] {
    switch (state_) {
      case State::starting:
      case State::cancelling: return Phase::starting;
      case State::copying: return Phase::copying;
      case State::querying: return Phase::querying;
      case State::ended: return Phase::ending;
      case State::ready:
      case State::skipping: break;
    }
    return transaction_ == TransactionStatus::idle ? Phase::idle : Phase::in_transaction;
  };
  return {static_cast<std::int32_t>(id_), phase()};
}

void Session::handle(const Message& message) {
  if (state_ == State::starting) {
    start_up(message.body);
  } else if (message.type == 'X') {
    end(ServerObserver::EndedBy::client);
  } else if (state_ == State::copying) {
    copy(message);
  } else if (message.type == 'S') {  // Sync
    state_ = State::ready;
    answer_.ready(transaction_);
    send();
  } else if (state_ == State::skipping) {
    return;
  } else if (message.type == 'Q') {
    query(message.body.substr(0, message.body.find('\0')));
  } else {
    state_ = State::skipping;
    fail("0A000", "the simulated server speaks the simple query protocol only");
    send();
  }
}

void Session::start_up(std::string_view body) {
  if (body.size() < sizeof(std::int32_t)) {
    return refuse("08P01", "invalid length of startup packet");
  }
  const std::int32_t code = read_number32(body);
  if (code == kSslRequest || code == kGssEncRequest) {
    line_.write("N");  // "unwilling"; another start-up message follows
    return;
  }
  if (code == kCancelRequest) {
    if (body.size() < 3 * sizeof(std::int32_t)) {
      return refuse("08P01", "invalid length of startup packet");
    }
    state_ = State::cancelling;
    const SessionId target{read_number32(body.substr(4))};
    return server_.cancel(id_, target, read_number32(body.substr(8)));
  }
  server_.observer_->started(id_);
  if (code != kProtocol3) return refuse("0A000", "unsupported frontend protocol");
  if (server_.faults_.strikes(FaultKind::too_many_connections, place())) {
    return refuse("53300", "sorry, too many clients already");
  }
  state_ = State::ready;
  line_.write(greeting());
  answer_.backend_key(static_cast<std::int32_t>(id_), key()).ready(transaction_);
  send();
}

// ---- statements ----

void Session::query(std::string_view sql) {
  server_.observer_->queried(id_, sql, state());
  state_ = State::querying;
  if (server_.faults_.strikes(FaultKind::killed_in_query, place())) return terminate();
  const auto& statements = server_.parsed(sql);
  alone_ = statements.size() == 1;
  for (const Statement& statement : statements) {
    if (!execute(statement)) break;
    if (state_ == State::ended) return;
  }
  if (state_ == State::copying) return send();
  if (sleep_ == Duration::zero()) return answer_query();
  Scheduler& scheduler = server_.scheduler_;
  awakes_ = scheduler.at(scheduler.now() + std::exchange(sleep_, {}), [this] {
    awakes_.reset();
    answer_query();
    go_on();
  });
}

void Session::answer_query() {
  answer_.ready(transaction_);
  send();
  state_ = State::ready;
  if (server_.faults_.strikes(FaultKind::killed_idle, place())) terminate();
}

void Session::copy(const Message& message) {
  if (message.type == 'd' || message.type == 'H' || message.type == 'S') return;
  if (message.type == 'c') {
    answer_.complete("COPY 0");
  } else if (message.type == 'f') {
    fail("57014", "COPY from stdin failed");
  } else {
    fail("08P01", "unexpected message type during COPY from stdin");
  }
  answer_query();
}

void Session::cancel(SessionId asking) {
  const bool hit = awakes_.has_value();
  server_.observer_->cancelled(asking, id_, hit);
  if (!hit) return;
  server_.scheduler_.call_off(*std::exchange(awakes_, std::nullopt));
  answer_.clear();
  fail("57014", "canceling statement due to user request");
  answer_query();
  go_on();
}

void Session::finish_cancelling() {
  line_.end();
  end(ServerObserver::EndedBy::server);
}

SessionState Session::state() const {
  SessionState state = kept_;
  state.transaction = transaction_;
  state.altered = altered_;
  state.busy = awakes_.has_value();
  state.copying = state_ == State::copying;
  state.unsynced = state_ == State::skipping;
  return state;
}

bool Session::execute(const Statement& statement) {
  using Kind = Statement::Kind;
  const bool ends_transaction = statement.kind == Kind::commit || statement.kind == Kind::rollback;
  if (transaction_ == TransactionStatus::failed && !ends_transaction &&
      statement.kind != Kind::empty) {
    return fail("25P02",
                "current transaction is aborted, commands ignored until end of transaction block");
  }
  switch (statement.kind) {
    case Kind::empty: answer_.empty_query(); return true;
    case Kind::begin:
      if (transaction_ == TransactionStatus::in_transaction) {
        answer_.notice("WARNING", "25001", "there is already a transaction in progress");
      }
      if (transaction_ == TransactionStatus::idle) altered_before_ = altered_;
      transaction_ = TransactionStatus::in_transaction;
      answer_.complete(statement.tag == "START" ? "START TRANSACTION" : "BEGIN");
      return true;
    case Kind::commit:
    case Kind::rollback: end_transaction(statement); return true;
    case Kind::set:
      altered_ = true;
      answer_.complete("SET");
      return true;
    case Kind::reset_all:
      altered_ = false;
      answer_.complete("RESET");
      return true;
    case Kind::discard_all:
      if (transaction_ != TransactionStatus::idle || !alone_) {
        return fail("25001", "DISCARD ALL cannot run inside a transaction block");
      }
      altered_ = false;
      kept_ = {};
      answer_.complete("DISCARD ALL");
      return true;
    case Kind::select_number:
      answer_.row_description("?column?").row(std::to_string(statement.number));
      break;
    case Kind::backend_pid:
      answer_.row_description("pg_backend_pid").row(std::to_string(static_cast<int>(id_)));
      break;
    case Kind::terminate: {
      const SessionId victim{static_cast<std::int32_t>(statement.number)};
      if (victim == id_) {
        terminate();
        return true;
      }
      server_.terminate(victim);
      answer_.row_description("pg_terminate_backend").row("t");
      break;
    }
    case Kind::sleep:
      sleep_ += statement.duration;
      answer_.row_description("pg_sleep").row("");
      break;
    case Kind::divide_by_zero: return fail("22012", "division by zero");
    case Kind::copy_in:
      state_ = State::copying;
      answer_.copy_in();
      return false;
    case Kind::listen:
    case Kind::temporary_table:
    case Kind::prepare:
    case Kind::cursor_with_hold: keep(statement); return true;
    case Kind::advisory_lock:
      kept_.locked = true;
      answer_.row_description("pg_advisory_lock").row("");
      break;
    case Kind::other: answer_.complete(statement.tag); return true;
  }
  answer_.complete("SELECT 1");
  return true;
}

void Session::keep(const Statement& statement) {
  using Kind = Statement::Kind;
  kept_.listening |= statement.kind == Kind::listen;
  kept_.temporary_tables |= statement.kind == Kind::temporary_table;
  kept_.prepared |= statement.kind == Kind::prepare;
  kept_.cursors |= statement.kind == Kind::cursor_with_hold;
  answer_.complete(statement.kind == Kind::temporary_table    ? "CREATE TABLE"
                   : statement.kind == Kind::cursor_with_hold ? "DECLARE CURSOR"
                                                              : statement.tag);
}

void Session::end_transaction(const Statement& statement) {
  const bool was_open = transaction_ != TransactionStatus::idle;
  if (!was_open) answer_.notice("WARNING", "25P01", "there is no transaction in progress");
  const bool committed =
      statement.kind == Statement::Kind::commit && transaction_ != TransactionStatus::failed;
  if (was_open && !committed) altered_ = altered_before_;
  transaction_ = TransactionStatus::idle;
  answer_.complete(committed ? "COMMIT" : "ROLLBACK");
}

bool Session::fail(std::string_view sqlstate, std::string_view message) {
  if (transaction_ == TransactionStatus::in_transaction) transaction_ = TransactionStatus::failed;
  answer_.error("ERROR", sqlstate, message);
  return false;
}

// ---- to the client ----

void Session::refuse(std::string_view sqlstate, std::string_view message) {
  answer_.clear();
  answer_.error("FATAL", sqlstate, message);
  send();
  line_.end();
  end(ServerObserver::EndedBy::server);
}

void Session::terminate() { refuse("57P01", kTerminated); }

void Session::send(Duration delay) {
  if (server_.faults_.strikes(FaultKind::slow_answer, place())) delay += kSlow;
  line_.write(answer_.bytes(), delay);
  answer_.clear();
}

void Session::end(ServerObserver::EndedBy by) {
  if (state_ == State::ended) return;
  state_ = State::ended;
  if (awakes_) server_.scheduler_.call_off(*std::exchange(awakes_, std::nullopt));
  std::erase(server_.sessions_, this);
  server_.observer_->ended(id_, by);
}

}  // namespace poolproof::world::postgres
