// While it lives, what this OS thread calls is real, as if it were in no task.
#pragma once

namespace poolproof::world {

class Machine;

class Outside {
 public:
  Outside();
  ~Outside();
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;

 private:
  Machine* const left_;
};

}  // namespace poolproof::world
