// How a session begins: the start-up message, authentication, the greeting.
#include <algorithm>
#include <string>

#include "props/world/postgres/session.hpp"

namespace poolproof::world::postgres {
namespace {

using namespace std::chrono_literals;

// Codes that stand where a start-up message has its protocol version.
constexpr std::int32_t kCancelRequest = 80877102;
constexpr std::int32_t kSslRequest = 80877103;
constexpr std::int32_t kGssEncRequest = 80877104;
constexpr std::int32_t kProtocol3 = 3 << 16;

// Of a server that is asked by many at once.
constexpr Duration kSlowAuthentication = 3s;
// The same, while a storm lasts.
constexpr Duration kSlowStart = 40ms;

// What PostgreSQL reports to a client that asks for nothing special.
const std::string& plain_greeting() {
  static const std::string bytes = [] {
    Answer answer;
    answer.authentication_ok();
    const Settings settings;
    for (const std::string& name : Settings::reported_names()) {
      std::string value;
      settings.show(name, value);
      answer.parameter(name, value);
    }
    return answer.bytes();
  }();
  return bytes;
}

}  // namespace

bool is_start_up(std::string_view body) {
  const std::int32_t code = Reader(body).number32();
  return code != kSslRequest && code != kGssEncRequest && code != kCancelRequest;
}

void Session::start_up(std::string_view body) {
  Reader reader(body);
  const std::int32_t code = reader.number32();
  if (reader.overrun()) return die();
  if (code == kSslRequest || code == kGssEncRequest) {
    answer_.append("N");  // "unwilling"; another start-up message follows
    line_.write(answer_.bytes());
    return answer_.clear();
  }
  if (code == kCancelRequest) {  // never answered
    const std::int32_t process = reader.number32(), key = reader.number32();
    state_ = State::cancelling;
    return server_.cancel(id_, SessionId{process}, key);
  }
  if (code >> 16 != kProtocol3 >> 16) {
    return refuse("0A000", "unsupported frontend protocol " + std::to_string(code >> 16) + "." +
                               std::to_string(code & 0xffff) + ": server supports 3.0 to 3.0");
  }
  started();
  std::vector<std::string> unknown;
  std::string user, database;
  while (!reader.rest().empty() && reader.rest().front() != '\0') {
    const std::string name(reader.text()), value(reader.text());
    if (name == "user") {
      user = value;
    } else if (name == "database") {
      database = value;
    } else if (name.starts_with("_pq_.")) {
      unknown.push_back(name);
    } else if (name != "replication") {
      options_.emplace_back(name, value);
    }
  }
  if (reader.rest().size() != 1) {
    return refuse("08P01", "invalid startup packet layout: expected terminator as last byte");
  }
  if (user.empty()) return refuse("28000", "no PostgreSQL user name specified in startup packet");
  if (code != kProtocol3 || !unknown.empty()) answer_.negotiate(kProtocol3, unknown);
  if (database.empty()) database = user;
  backend_.log_in(user, database);
  if (const auto refusal = server_.seat(id_)) return refuse(refusal->sqlstate, refusal->message);
  if (server_.faults_.strikes(FaultKind::too_many_connections, place())) {
    return refuse("53300", "sorry, too many clients already");
  }
  if (server_.turns_away(place(), Server::Door::full)) {
    return refuse("53300", "sorry, too many clients already");
  }
  if (server_.faults_.strikes(FaultKind::starting_up, place()) ||
      server_.turns_away(place(), Server::Door::starting_up)) {
    return refuse("57P03", "the database system is starting up");
  }
  if (server_.faults_.strikes(FaultKind::bad_password, place())) {
    return refuse("28P01", "password authentication failed for user \"" + user + "\"");
  }
  if (server_.faults_.strikes(FaultKind::slow_authentication, place())) {
    waiting_ = true;
    wake_ = server_.scheduler_.at(server_.scheduler_.now() + kSlowAuthentication, [this] {
      wake_.reset();
      waiting_ = false;
      let_in();
      process();
    });
    return;
  }
  let_in();
}

// Asks who it is, if anyone needs to know.
void Session::let_in() {
  const Role* const role = server_.find_role(backend_.user());
  AuthenticationMethod method = role != nullptr && role->authentication
                                    ? *role->authentication
                                    : server_.options_.authentication;
  if (method == AuthenticationMethod::trust) return greet();
  // Who has no password in MD5 is asked for one by SCRAM, to tell nobody that.
  if (method == AuthenticationMethod::md5 && (role == nullptr || role->password.empty())) {
    method = AuthenticationMethod::scram_sha_256;
  }
  authentication_.emplace(server_.options_, method, server_.secrets_, backend_.user());
  state_ = State::authenticating;
  judge(authentication_->begin(answer_));
}

void Session::authenticate(std::string_view body) { judge(authentication_->go_on(body, answer_)); }

void Session::judge(Authentication::Verdict verdict) {
  switch (verdict) {
    case Authentication::Verdict::more: return send();
    case Authentication::Verdict::accepted: return greet();
    case Authentication::Verdict::refused: break;
  }
  const Failure failure = authentication_->failure();
  refuse(failure.sqlstate, failure.message);
}

void Session::greet() {
  const std::string& user = backend_.user();
  const Role* const role = server_.find_role(user);
  const bool superuser = role != nullptr && role->superuser;
  const auto refuse_in = [this](std::string_view sqlstate, const std::string& message) {
    answer_.authentication_ok();
    refuse(sqlstate, message);
  };
  if (!server_.knows_role(user)) {
    return refuse_in("28000", "role \"" + user + "\" does not exist");
  }
  if (role != nullptr && !role->can_log_in) {
    return refuse_in("28000", "role \"" + user + "\" is not permitted to log in");
  }
  if (const auto refusal = server_.admit(id_, user, backend_.database())) {
    return refuse_in(refusal->sqlstate, refusal->message);
  }
  if (!server_.knows_database(backend_.database())) {
    return refuse_in("3D000", "database \"" + backend_.database() + "\" does not exist");
  }
  if (options_.empty() && user == "app" && !superuser && !server_.in_recovery(id_)) {
    answer_.append(plain_greeting());
  } else {
    answer_.authentication_ok();
    Settings& settings = backend_.settings();
    settings.force("session_authorization", user);
    if (superuser) settings.force("is_superuser", "on");
    if (server_.in_recovery(id_)) settings.force("in_hot_standby", "on");
    if (!apply_options()) return;
    for (const std::string& name : Settings::reported_names()) {
      std::string value;
      settings.show(name, value);
      answer_.parameter(name, value);
    }
    settings.told();
  }
  answer_.backend_key(static_cast<std::int32_t>(id_), key()).ready(backend_.transaction());
  authentication_.reset();
  send(server_.turns_away(place(), Server::Door::slow) ? kSlowStart : Duration::zero());
  if (gone()) return;
  state_ = State::ready;
  await_client();
}

// Settings of the start-up message, by name or as `-c name=value` in its options.
bool Session::apply_options() {
  const auto apply = [this](std::string_view name, std::string_view value) {
    const auto failure = backend_.settings().begin_with(name, value);
    if (failure) refuse(failure->sqlstate, failure->message);
    return !failure;
  };
  for (const auto& [name, value] : options_) {
    if (name != "options") {
      if (!apply(name, value)) return false;
      continue;
    }
    std::string_view rest = value;
    while (!rest.empty()) {
      std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      if (word.empty() || word == "-c") continue;
      if (word.starts_with("-c") || word.starts_with("--")) word.remove_prefix(2);
      const std::size_t equals = word.find('=');
      if (equals == std::string_view::npos) {
        refuse("42601", "invalid command-line argument for server process: " + std::string(word));
        return false;
      }
      std::string option(word.substr(0, equals));
      std::replace(option.begin(), option.end(), '-', '_');
      if (!apply(option, word.substr(equals + 1))) return false;
    }
  }
  return true;
}

}  // namespace poolproof::world::postgres
