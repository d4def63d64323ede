#include "props/world/events.hpp"

#include <algorithm>
#include <utility>

namespace poolproof::world {

EventId Events::add(Time when, std::function<void()> what) {
  const EventId id{++added_};
  const auto place = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const Event& each) { return each.when <= when; });
  waiting_.insert(place, {when, id, std::move(what)});
  return id;
}

void Events::call_off(EventId id) {
  std::erase_if(waiting_, [&](const Event& each) { return each.id == id; });
}

std::function<void()> Events::take() {
  auto what = std::move(waiting_.back().what);
  waiting_.pop_back();
  return what;
}

void Events::clear() {
  waiting_.clear();
  added_ = 0;
}

}  // namespace poolproof::world
