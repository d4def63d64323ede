#include "props/world/postgres/session.hpp"

#include <algorithm>
#include <string>

#include "props/world/postgres/sabotage.hpp"

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
constexpr Duration kSlowStart = 40ms;

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

// Of a start-up message; empty if it has none of that name.
std::string_view parameter(std::string_view body, std::string_view name) {
  body.remove_prefix(sizeof(std::int32_t));
  const auto next = [&body] {
    const std::string_view text = body.substr(0, body.find('\0'));
    body.remove_prefix(std::min(text.size() + 1, body.size()));
    return text;
  };
  while (!body.empty()) {
    const std::string_view found = next();
    const std::string_view value = next();
    if (found == name) return value;
  }
  return {};
}

constexpr std::string_view kTerminated = "terminating connection due to administrator command";

}  // namespace

Session::Session(Server& server, Line& line, SessionId id, bool hung)
    : server_(server), line_(line), id_(id), silent_(hung) {
  if (hung) line_.end(kAuthenticationTimeout);
}

Session::~Session() = default;

// ---- from the client ----

void Session::used() { server_.observer_->used(id_); }

void Session::receive(std::string_view bytes) {
  if (state_ == State::ended || silent_) return;
  inbox_.append(bytes);
  while (state_ != State::ended && !silent_) {
    const auto message = inbox_.next(state_ != State::starting);
    if (!message) return;
    handle(*message);
  }
}

void Session::left() { end(ServerObserver::EndedBy::client); }

void Session::hang_up() {
  end(ServerObserver::EndedBy::client);
  line_.end();
}

Place Session::place() const {
  const auto phase = [this] {
    switch (state_) {
      case State::starting:
      case State::cancelling: return Phase::starting;
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
  } else if (state_ == State::cancelling) {
    return;
  } else if (message.type == 'X') {
    line_.end();
    end(ServerObserver::EndedBy::client);
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
  if (code != kProtocol3) return refuse("0A000", "unsupported frontend protocol");
  if (server_.faults_.strikes(FaultKind::too_many_connections, place())) {
    return refuse("53300", "sorry, too many clients already");
  }
  if (server_.turns_away(place(), Server::Door::full)) {
    return refuse("53300", "sorry, too many clients already");
  }
  if (const auto refusal = server_.seat(id_)) return refuse(refusal->sqlstate, refusal->message);
  const std::string_view user = parameter(body, "user");
  const std::string_view database = parameter(body, "database");
  if (const auto refusal = server_.admit(id_, user, database.empty() ? user : database)) {
    return refuse(refusal->sqlstate, refusal->message);
  }
  const Duration slow =
      server_.turns_away(place(), Server::Door::slow) ? kSlowStart : Duration::zero();
  answer_.append(greeting())
      .backend_key(static_cast<std::int32_t>(id_), key())
      .ready(transaction_);
  send(slow);
  if (state_ == State::starting) state_ = State::ready;
}

// ---- statements ----

void Session::query(std::string_view sql) {
  if (server_.faults_.strikes(FaultKind::query_lost, place())) return suffer(FaultKind::reset);
  server_.observer_->queried(id_, sql, {transaction_, altered_});
  const State before = std::exchange(state_, State::querying);
  if (server_.falls(place())) return;
  if (server_.faults_.strikes(FaultKind::killed_in_query, place())) return terminate();
  const auto& statements = server_.parsed(sql);
  alone_ = statements.size() == 1;
  for (const Statement& statement : statements) {
    if (!execute(statement)) break;
    if (state_ == State::ended) return;
  }
  answer_.ready(transaction_);
  send(std::exchange(sleep_, {}));
  if (state_ == State::ended) return;
  state_ = before;
  if (!silent_ && server_.faults_.strikes(FaultKind::killed_idle, place())) terminate();
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
    case Kind::other: answer_.complete(statement.tag); return true;
  }
  answer_.complete("SELECT 1");
  return true;
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
  if (state_ == State::ended || silent_) return;
  line_.end();
  end(ServerObserver::EndedBy::server);
}

void Session::terminate(std::string_view sqlstate, std::string_view message) {
  if (state_ == State::starting || state_ == State::cancelling) return die();
  refuse(sqlstate, message);
}

void Session::terminate() { terminate("57P01", kTerminated); }

void Session::quit(std::string_view sqlstate, std::string_view message) {
  if (state_ != State::starting && state_ != State::cancelling) {
    answer_.clear();
    answer_.notice("WARNING", sqlstate, message);
    send();
  }
  die();
}

void Session::die() {
  line_.end();
  end(ServerObserver::EndedBy::server);
}

bool Session::cancel() { return false; }

void Session::finish_cancelling() { die(); }

void Session::suffer(FaultKind kind) {
  if (kind == FaultKind::silent) {
    silent_ = true;
    return;
  }
  line_.end();
  end(ServerObserver::EndedBy::server);
}

void Session::heal() {
  if (silent_) suffer(FaultKind::reset);
}

void Session::send(Duration delay) {
  if (server_.faults_.strikes(FaultKind::slow_answer, place())) delay += kSlow;
  const std::string& answer = answer_.bytes();
  const auto harmed = harm(server_.scheduler_, server_.faults_, place(), answer);
  line_.write(std::string_view(answer).substr(0, harmed ? harmed->arrives : answer.size()), delay);
  answer_.clear();
  if (harmed) return suffer(harmed->kind);
  server_.observer_->answered(id_, place().phase);
}

void Session::end(ServerObserver::EndedBy by) {
  if (state_ == State::ended) return;
  state_ = State::ended;
  server_.ended(id_, by);
}

}  // namespace poolproof::world::postgres
