#include "integration/fidelity/player.hpp"

#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <stdexcept>

#include "integration/fidelity/client_bytes.hpp"
#include "integration/fidelity/connection.hpp"
#include "integration/fidelity/passwords.hpp"

namespace poolproof::integration::fidelity {
namespace {

constexpr std::int32_t kSaslGoesOn = 11;

// For what only time brings, as a conversation says; virtual in the machine.
void let_pass(std::string_view duration) {
  const long ms = std::atol(std::string(duration).c_str());
  const timespec length{ms / 1000, ms % 1000 * 1'000'000};
  nanosleep(&length, nullptr);
}

bool opens(std::string_view verb) {
  return verb == "start" || verb == "ssl" || verb == "gss" || verb == "raw";
}

bool is_ready(const ServerMessage& message) { return message.type == 'Z'; }

class Play {
 public:
  explicit Play(const Endpoint& endpoint) : endpoint_(endpoint) {}

  void take(const Step& written) {
    Step step = written;
    for (std::string& word : step.words) resolve(word);
    resolve(step.rest);
    if (step.session.empty()) return act(step);
    Connection& session = sessions_[step.session];
    if (!session.is_open() && !session.ended()) open(session, step);
    const bool awaits = step.words.front() != "send";
    if (!awaits) drop_first_word(step);
    speak(session, step, awaits);
  }

  Transcript finish() {
    for (auto& [name, session] : sessions_) {
      if (!session.is_open() || session.ended()) continue;
      session.send(bytes_of({name, {"X"}, {}}));
      session.wait_for_end();
    }
    Transcript transcript;
    for (auto& [name, session] : sessions_) {
      sort_parameters(session.lines);
      name_processes(session.lines);
      for (const std::string& line : session.lines) {
        transcript.push_back(name);
        transcript.back().append(": ").append(line);
      }
    }
    return transcript;
  }

 private:
  static void drop_first_word(Step& step) {
    step.words.erase(step.words.begin());
    step.rest = step.rest.substr(std::min(step.rest.find(' '), step.rest.size() - 1) + 1);
  }

  void open(Connection& session, const Step& step) {
    session.open(endpoint_.socket);
    const std::string& verb = step.words.front();
    if (session.ended() || opens(verb)) return;
    speak(session, {step.session, {"start", "user=app", "database=app"}, {}}, true);
    if (session.last().type == 'Z') session.lines.clear();
  }

  void speak(Connection& session, const Step& step, bool awaits) {
    const std::string& verb = step.words.front();
    const std::string word = step.words.size() > 1 ? step.words[1] : std::string();
    if (verb == "hang") return session.hang_up();
    if (verb == "wait") return wait(session, word);
    if (verb == "start") note_user(session, step);
    if (verb == "md5") return answer(session, md5_password(session.user, word, salt(session)));
    if (verb == "scram") return answer_scram(session, step);
    session.send(bytes_of(step));
    if (awaits) await_answer(session, verb);
  }

  static void await_answer(Connection& session, const std::string& verb) {
    if (verb == "ssl" || verb == "gss") return session.wait_for_letter();
    if (verb == "X") return session.wait_for_end();
    const bool ends_copy = session.copies_in && (verb == "c" || verb == "f");
    if (verb == "Q" || verb == "S" || verb == "start" || verb == "p" || ends_copy) {
      session.wait(
          [](const ServerMessage& each) {
            return is_ready(each) || each.type == 'G' || each.asks();
          },
          "ReadyForQuery");
      session.copies_in = verb == "Q" && session.last().type == 'G';
    }
  }

  static void wait(Connection& session, const std::string& what) {
    if (what == "end") return session.wait_for_end();
    session.wait([&](const ServerMessage& each) { return each.type == what.front(); }, what);
  }

  static void note_user(Connection& session, const Step& step) {
    for (const std::string& each : step.words) {
      if (each.starts_with("user=")) session.user = each.substr(5);
    }
  }

  static std::string salt(const Connection& session) {
    const std::string& body = session.last().body;
    return body.size() < 8 ? std::string() : body.substr(4, 4);
  }

  static void answer(Connection& session, const std::string& password) {
    session.send(typed('p', password + '\0'));
    await_answer(session, "p");
  }

  static void answer_scram(Connection& session, const Step& step) {
    const std::string first = scram_client_first();
    session.send(typed('p', std::string("SCRAM-SHA-256") + '\0' +
                                number32(static_cast<std::int32_t>(first.size())) + first));
    await_answer(session, "p");
    if (session.last().type != 'R' || session.last().number() != kSaslGoesOn) return;
    session.send(typed('p', scram_client_final(step.words[1], session.last().body.substr(4))));
    await_answer(session, "p");
  }

  void act(const Step& step) {
    const std::string& verb = step.words.front();
    if (verb == "pause") return let_pass(step.words[1]);
    if (verb == "server") return endpoint_.order(step.rest);
    const Connection& target = sessions_[step.words[1]];
    const bool wrong_key = step.words.size() > 2 && step.words[2] == "key=wrong";
    const bool wrong_process = step.words.size() > 2 && step.words[2] == "pid=wrong";
    Connection& canceller = sessions_["cancel " + std::to_string(++cancels_)];
    canceller.open(endpoint_.socket);
    canceller.send(cancel_request(target.process + (wrong_process ? 1'000'000 : 0),
                                  target.key ^ (wrong_key ? 1 : 0)));
    canceller.wait_for_end();
  }

  // $pid(a)
  void resolve(std::string& text) {
    for (auto at = text.find("$pid("); at != std::string::npos; at = text.find("$pid(")) {
      const auto end = text.find(')', at);
      const std::string name = text.substr(at + 5, end - at - 5);
      text.replace(at, end + 1 - at, std::to_string(sessions_[name].process));
    }
  }

  // Processes by their sessions' names. In a row only below a column that says so: in a server that
  // counts its processes from 1 they look like other numbers.
  void name_processes(std::vector<std::string>& lines) const {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      name_process(lines[i], "from ");
      name_process(lines[i], "PID ");
      if (i > 0 && lines[i - 1].find("pg_backend_pid") != std::string::npos) {
        name_process(lines[i], "'");
      }
    }
  }

  void name_process(std::string& line, std::string_view before) const {
    const auto at = before == "'" ? line.find(before) : line.rfind(before);
    if (at == std::string::npos) return;
    const auto from = at + before.size();
    const auto end = std::min(line.find_first_not_of("0123456789", from), line.size());
    for (const auto& [name, session] : sessions_) {
      if (session.process != 0 &&
          line.substr(from, end - from) == std::to_string(session.process)) {
        line.replace(from, end - from, "(process of " + name + ")");
        return;
      }
    }
  }

  const Endpoint& endpoint_;
  std::map<std::string, Connection> sessions_;
  int cancels_ = 0;
};

// How long the longest common part of the two tails is, from each pair of positions on.
std::vector<std::vector<std::size_t>> common_tails(const Transcript& first,
                                                   const Transcript& second) {
  std::vector<std::vector<std::size_t>> length(first.size() + 1,
                                               std::vector<std::size_t>(second.size() + 1));
  for (std::size_t i = first.size(); i-- > 0;) {
    for (std::size_t j = second.size(); j-- > 0;) {
      length[i][j] = first[i] == second[j] ? length[i + 1][j + 1] + 1
                                           : std::max(length[i + 1][j], length[i][j + 1]);
    }
  }
  return length;
}

}  // namespace

Transcript play(const Conversation& conversation, const Endpoint& endpoint) {
  Play play(endpoint);
  for (const Step& step : conversation.steps) play.take(step);
  return play.finish();
}

std::string differences(const Transcript& first, const Transcript& second) {
  const auto common = common_tails(first, second);
  std::string result;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < first.size() || j < second.size()) {
    if (i < first.size() && j < second.size() && first[i] == second[j]) {
      result += "  " + first[i++] + "\n";
      ++j;
    } else if (j == second.size() || (i < first.size() && common[i + 1][j] >= common[i][j + 1])) {
      result += "- " + first[i++] + "\n";
    } else {
      result += "+ " + second[j++] + "\n";
    }
  }
  return result;
}

}  // namespace poolproof::integration::fidelity
