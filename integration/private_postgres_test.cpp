// The private server leaves nothing behind, even when its user has no chance to clean up.
#include "integration/private_postgres.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace poolproof::integration {
namespace {

namespace fs = std::filesystem;

// The first line of postmaster.pid.
pid_t postmaster_of(const std::string& folder) {
  pid_t postmaster = 0;
  std::ifstream(fs::path(folder) / "data" / "postmaster.pid") >> postmaster;
  return postmaster;
}

bool alive(pid_t process) { return kill(process, 0) == 0; }

// Sleeps because the keeper, whose work this waits for, is no child of ours to wait for.
template <class Condition>
bool comes_true(Condition condition) {
  for (int tries = 0; tries < 1000; ++tries) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST(PrivatePostgres, IsGoneWithItsFolderOnceDestroyed) {
  std::string folder;
  pid_t postmaster = 0;
  {
    const auto server = PrivatePostgres::start();
    ASSERT_TRUE(server) << server.error();
    folder = server->folder();
    postmaster = postmaster_of(folder);
    ASSERT_GT(postmaster, 0);
    ASSERT_TRUE(alive(postmaster));
  }
  EXPECT_FALSE(alive(postmaster));
  EXPECT_FALSE(fs::exists(folder));
}

TEST(PrivatePostgres, IsGoneWithItsFolderEvenIfItsUserWasKilled) {
  int told[2];
  ASSERT_EQ(pipe(told), 0);
  const pid_t user = fork();
  if (user == 0) {
    const auto server = PrivatePostgres::start();
    const std::string line = server ? server->folder() : "";
    if (write(told[1], line.data(), line.size()) < 0) _exit(1);
    close(told[1]);
    pause();
    _exit(0);
  }
  close(told[1]);
  char line[4096] = {};
  ASSERT_GT(read(told[0], line, sizeof line - 1), 0);
  const pid_t postmaster = postmaster_of(line);
  ASSERT_TRUE(alive(postmaster));

  kill(user, SIGKILL);
  waitpid(user, nullptr, 0);
  EXPECT_TRUE(comes_true([&] { return !alive(postmaster); }));
  EXPECT_TRUE(comes_true([&] { return !fs::exists(line); }));
}

TEST(PrivatePostgres, SaysInOneLineWhyItCouldNotStart) {
  setenv("TMPDIR", "/does/not/exist", 1);
  const auto server = PrivatePostgres::start();
  unsetenv("TMPDIR");
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().find('\n'), std::string::npos);
  EXPECT_NE(server.error().find("TMPDIR"), std::string::npos) << server.error();
}

}  // namespace
}  // namespace poolproof::integration
