// The process that has SQLAlchemy's QueuePool: agent.py. See there for the protocol.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <vector>

namespace poolproof::integration {

class Agent {
 public:
  Agent();
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Of SQLAlchemy. Empty if there is none; then the agent has said why on stderr.
  const std::string& version() const { return version_; }

  // What QueuePool did, operation by operation, in a sequence of the protocol. Fewer observations
  // than operations: the agent has died, and has said why on stderr.
  std::vector<std::string> observe(const std::string& sequence);

 private:
  // Without the newline; empty at the end.
  std::string read_line();

  pid_t process_ = -1;
  FILE* to_ = nullptr;
  FILE* from_ = nullptr;
  std::string version_;
};

}  // namespace poolproof::integration
