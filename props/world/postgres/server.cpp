#include "props/world/postgres/server.hpp"

#include <algorithm>

#include "props/world/postgres/session.hpp"

namespace poolproof::world::postgres {
namespace {

constexpr std::size_t kMostParsed = 1000;

}  // namespace

Server::Server(Scheduler& scheduler, Faults& faults) : scheduler_(scheduler), faults_(faults) {}

Server::~Server() = default;

void Server::reset(ServerObserver& observer) {
  observer_ = &observer;
  sessions_.clear();
  last_process_ = 0;
  door_ = Door::open;
  if (parsed_.size() > kMostParsed) parsed_.clear();
}

std::unique_ptr<Peer> Server::accept(Line& line) {
  const SessionId id{last_process_ + 1};
  const Place place{last_process_ + 1, Phase::connecting};
  if (turns_away(place, Door::refuses)) return nullptr;
  if (faults_.strikes(FaultKind::connect_refused, place)) return nullptr;
  ++last_process_;
  const bool hung = faults_.strikes(FaultKind::connect_hung, place);
  auto session = std::make_unique<Session>(*this, line, id, hung);
  sessions_.push_back(session.get());
  observer_->opened(id);
  return session;
}

void Server::terminate(SessionId id) {
  const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                  [&](const Session* each) { return each->id() == id; });
  if (found != sessions_.end()) (*found)->terminate();
}

// Whether it is like that now.
bool Server::turns_away(Place place, Door door) {
  if (door_ != door) [[likely]]
    return false;
  faults_.strike(because_, place);
  return true;
}

// Whoever is terminated is no longer among the sessions.
void Server::terminate_all(FaultKind because) {
  for (Session* const each : std::vector(sessions_)) {
    faults_.strike(because, each->place());
    each->terminate();
  }
}

void Server::terminate_idle(FaultKind because) {
  for (Session* const each : std::vector(sessions_)) {
    if (!each->is_idle()) continue;
    faults_.strike(because, each->place());
    each->terminate();
  }
}

bool Server::strike_idle(FaultKind kind, std::size_t which) {
  std::vector<Session*> idle;
  std::copy_if(sessions_.begin(), sessions_.end(), std::back_inserter(idle),
               [](const Session* each) { return each->is_idle(); });
  if (idle.empty()) return false;
  Session& victim = *idle[which % idle.size()];
  faults_.strike(kind, victim.place());
  if (kind == FaultKind::killed_idle) {
    victim.terminate();
  } else {
    victim.suffer(kind);
  }
  return true;
}

void Server::heal() {
  door_ = Door::open;
  for (Session* const each : std::vector(sessions_)) each->heal();
}

const std::vector<Statement>& Server::parsed(std::string_view query) {
  auto found = parsed_.find(query);
  if (found == parsed_.end()) found = parsed_.emplace(query, parse(query)).first;
  return found->second;
}

}  // namespace poolproof::world::postgres
