#include "services/child_process.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/file.h"
#include "services/log_file.h"

namespace rowhouse::services {
namespace {

// A directory that goes with the test.
class ChildProcessTest : public testing::Test {
 protected:
  ChildProcessTest() {
    char name[] = "/tmp/rowhouse-child-XXXXXX";
    directory_ = ::mkdtemp(name);
  }

  ~ChildProcessTest() override { std::filesystem::remove_all(directory_); }

  Command Shell(const std::string& script) const {
    return {{"sh", "-c", script}, directory_ + "/log", directory_};
  }

  std::string Log() const { return *ReadFile(directory_ + "/log"); }

  // Waits until the log holds the text: the child has come that far.
  bool LogSoonHolds(const std::string& text) const {
    const Deadline deadline = Deadline::After(seconds(10));
    while (!deadline.Passed()) {
      if (LogSize(directory_ + "/log") > 0 && Log().find(text) != std::string::npos) {
        return true;
      }
      ::usleep(2000);
    }
    return false;
  }

  std::string directory_;
};

bool Exists(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

// Init reaps a killed orphan in its own time.
bool SoonGone(pid_t pid) {
  const Deadline deadline = Deadline::After(seconds(10));
  while (Exists(pid) && !deadline.Passed()) {
    // In a container whose init reaps nothing a killed process stays as a zombie.
    const auto stat = ReadFile("/proc/" + std::to_string(pid) + "/stat");
    if (stat && stat->find(") Z ") != std::string::npos) {
      return true;
    }
    ::usleep(2000);
  }
  return !Exists(pid);
}

pid_t LastNumber(const std::string& text) {
  return static_cast<pid_t>(std::atoi(text.c_str() + text.find_last_of(' ') + 1));
}

TEST_F(ChildProcessTest, OutputErrorsAndExitCodeAreKept) {
  auto child = ChildProcess::Start(Shell("echo out; echo err >&2; exit 3"));
  ASSERT_TRUE(child);
  const auto ended = (*child)->Wait(Deadline::After(seconds(10)));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->ToString(), "exit code 3");
  EXPECT_EQ(Log(), "out\nerr\n");
}

TEST_F(ChildProcessTest, AProgramThatIsNotThereIsAnErrorOfStart) {
  auto child = ChildProcess::Start({{"/nowhere/program"}, directory_ + "/log", ""});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().kind(), ErrorKind::kConfig);
  EXPECT_EQ(child.error().message(), "executing /nowhere/program: No such file or directory");
}

TEST_F(ChildProcessTest, AMissingWorkingDirectoryIsNamed) {
  auto child = ChildProcess::Start({{"true"}, directory_ + "/log", "/nowhere"});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().message(), "entering directory /nowhere: No such file or directory");
}

TEST_F(ChildProcessTest, EnvironmentIsAddedAndReplaced) {
  Command command = Shell("echo $ROWHOUSE_A-$HOME-${PATH:+path}");
  command.environment = {"ROWHOUSE_A=1", "HOME=/h"};
  auto child = ChildProcess::Start(command);
  ASSERT_TRUE(child);
  EXPECT_TRUE((*child)->Wait(Deadline::After(seconds(10))));
  EXPECT_EQ(Log(), "1-/h-path\n");
}

TEST_F(ChildProcessTest, StopLetsAChildEndByItself) {
  auto child = ChildProcess::Start(
      Shell("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.02; done")
  );
  ASSERT_TRUE(child);
  ASSERT_TRUE(LogSoonHolds("up"));
  EXPECT_EQ((*child)->Stop(Deadline::After(seconds(10))).ToString(), "exit code 0");
  EXPECT_NE(Log().find("bye"), std::string::npos);
}

TEST_F(ChildProcessTest, StopKillsAChildThatIgnoresTermAndItsChildren) {
  auto child = ChildProcess::Start(
      Shell("trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & echo up $!; "
            "while :; do sleep 1; done")
  );
  ASSERT_TRUE(child);
  ASSERT_TRUE(LogSoonHolds("up"));
  const auto before = Clock::Real().Now();
  EXPECT_EQ((*child)->Stop(Deadline::After(milliseconds(200))).ToString(), "signal 9 (KILL)");
  EXPECT_LT(Clock::Real().Now() - before, seconds(5));
  EXPECT_TRUE(SoonGone(LastNumber(Log())));
}

TEST_F(ChildProcessTest, WhatAnEndedChildLeftBehindIsKilled) {
  auto child = ChildProcess::Start(Shell("sleep 600 & echo left $!"));
  ASSERT_TRUE(child);
  ASSERT_TRUE((*child)->Wait(Deadline::After(seconds(10))));
  EXPECT_TRUE(SoonGone(LastNumber(Log())));
}

TEST_F(ChildProcessTest, TheChildDiesWithAParentThatIsKilled) {
  const pid_t parent = ::fork();
  if (parent == 0) {
    auto child = ChildProcess::Start(Shell("echo up $$; exec sleep 600"));
    ::pause();
    ::_exit(child ? 0 : 1);
  }
  ASSERT_TRUE(LogSoonHolds("up"));
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(SoonGone(LastNumber(Log())));
}

TEST_F(ChildProcessTest, DescriptorsOfOursAreNotInherited) {
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);  // without CLOEXEC
  auto child = ChildProcess::Start(Shell("ls /proc/self/fd | wc -l"));
  ASSERT_TRUE(child);
  ASSERT_TRUE((*child)->Wait(Deadline::After(seconds(10))));
  EXPECT_EQ(std::atoi(Log().c_str()), 4);  // 0, 1, 2 and the directory that ls reads
  ::close(fds[0]);
  ::close(fds[1]);
}

TEST_F(ChildProcessTest, ALongLogIsMovedAside) {
  const std::string log = directory_ + "/log";
  ASSERT_TRUE(WriteFileAtomically(log, "0123456789"));
  ASSERT_TRUE(RotateLog(log, 11));
  EXPECT_EQ(LogSize(log), 10u);
  ASSERT_TRUE(RotateLog(log, 10));
  EXPECT_EQ(LogSize(log), 0u);
  EXPECT_EQ(LogSize(log + ".1"), 10u);
}

TEST_F(ChildProcessTest, TheTailBeginsBehindTheGivenPlace) {
  const std::string log = directory_ + "/log";
  ASSERT_TRUE(WriteFileAtomically(log, "old\na\nb\nc\n"));
  EXPECT_EQ(LogTail(log, 4), "a\nb\nc\n");
  EXPECT_EQ(LogTail(log, 4, 2), "b\nc\n");
  EXPECT_EQ(LogTail(directory_ + "/none", 0), "");
}

}  // namespace
}  // namespace rowhouse::services
