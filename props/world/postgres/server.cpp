#include "props/world/postgres/server.hpp"

#include <algorithm>
#include <utility>

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
  if (parsed_.size() > kMostParsed) parsed_.clear();
}

Reception Server::accept(const Address& /*address*/, Line& line) {
  const SessionId id{++last_process_};
  const Place place{last_process_, Phase::connecting};
  const bool hung = faults_.strikes(FaultKind::connect_hung, place);
  auto session = std::make_unique<Session>(*this, line, id, hung);
  sessions_.push_back(session.get());
  observer_->opened(id);
  return {std::move(session)};
}

void Server::terminate(SessionId id) {
  const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                  [&](const Session* each) { return each->id() == id; });
  if (found != sessions_.end()) (*found)->terminate();
}

const std::vector<Statement>& Server::parsed(std::string_view query) {
  auto found = parsed_.find(query);
  if (found == parsed_.end()) found = parsed_.emplace(query, parse(query)).first;
  return found->second;
}

}  // namespace poolproof::world::postgres
