#include "props/world/postgres/server.hpp"

#include <algorithm>
#include <array>

#include "props/world/postgres/session.hpp"

namespace poolproof::world::postgres {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostParsed = 1000;

// The longer one outlasts whatever the cancel was for.
constexpr std::array<Duration, 2> kSignalDelays{0ms, 15ms};

}  // namespace

Server::Server(Scheduler& scheduler, Faults& faults) : scheduler_(scheduler), faults_(faults) {}

Server::~Server() = default;

void Server::reset(ServerObserver& observer) {
  observer_ = &observer;
  sessions_.clear();
  last_process_ = 0;
  if (parsed_.size() > kMostParsed) parsed_.clear();
}

std::unique_ptr<Peer> Server::accept(Line& line) {
  const SessionId id{last_process_ + 1};
  const Place place{last_process_ + 1, Phase::connecting};
  if (faults_.strikes(FaultKind::connect_refused, place)) return nullptr;
  ++last_process_;
  const bool hung = faults_.strikes(FaultKind::connect_hung, place);
  auto session = std::make_unique<Session>(*this, line, id, hung);
  sessions_.push_back(session.get());
  observer_->opened(id);
  return session;
}

SessionState Server::state_of(SessionId session) const {
  const Session* const found = find(session);
  return found == nullptr ? SessionState{} : found->state();
}

Session* Server::find(SessionId id) const {
  const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                  [&](const Session* each) { return each->id() == id; });
  return found == sessions_.end() ? nullptr : *found;
}

void Server::terminate(SessionId id) {
  if (Session* const victim = find(id)) victim->terminate();
}

// A process of its own sends the signal and only then ends, and with it the connection. Until it
// gets to run the target may do anything.
void Server::cancel(SessionId asking, SessionId target, std::int32_t key) {
  observer_->cancel_requested(asking, target);
  const auto delay = kSignalDelays[scheduler_.choose(
      Stream::machine, static_cast<std::uint32_t>(kSignalDelays.size()))];
  scheduler_.at(scheduler_.now() + delay, [this, asking, target, key] {
    Session* const victim = find(target);
    if (victim != nullptr && victim->key() == key) victim->cancel(asking);
    if (Session* const process = find(asking)) process->finish_cancelling();
  });
}

const std::vector<Statement>& Server::parsed(std::string_view query) {
  auto found = parsed_.find(query);
  if (found == parsed_.end()) found = parsed_.emplace(query, parse(query)).first;
  return found->second;
}

}  // namespace poolproof::world::postgres
