// What epoll_create() makes. It keeps, as Linux does, a queue of what may be ready: level-triggered
// descriptors stay in it while they are, edge-triggered ones get in again when something happens to
// them.
#pragma once

#include <sys/epoll.h>

#include <memory>
#include <vector>

#include "props/world/net/descriptor.hpp"

namespace poolproof::world {

class Epoll final : public Descriptor, public Watcher {
 public:
  explicit Epoll(Scheduler& scheduler) : Descriptor(scheduler, false) {}

  // As epoll_ctl() answers; `event` may be null where that may.
  int control(int operation, Descriptor& target, const epoll_event* event);
  // Fills in what is ready, at most `most`; how many.
  int collect(epoll_event* events, int most);

  [[nodiscard]] int ready() const override;
  ssize_t take(Pieces into, int flags) override;
  ssize_t give(Pieces from, int flags) override;
  Epoll* epoll() override { return this; }

 private:
  struct Item {
    Descriptor* target;
    epoll_event event;
    bool queued = false;
  };

  void stirred(Descriptor& descriptor, int bits) override;
  void gone(Descriptor& descriptor) override;
  void on_close() override;

  Item* find(const Descriptor& target);
  void queue_if_ready(Item& item);
  void remove(Item& item);
  [[nodiscard]] bool leads_to(const Descriptor& target) const;

  std::vector<std::unique_ptr<Item>> items_;
  std::vector<Item*> queue_;
};

}  // namespace poolproof::world
