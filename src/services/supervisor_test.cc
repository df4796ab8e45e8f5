#include "services/supervisor.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace rowhouse::services {
namespace {

using testing::HasSubstr;
using testing::Not;

class SupervisorTest : public testing::Test {
 protected:
  SupervisorTest() {
    char name[] = "/tmp/rowhouse-supervisor-XXXXXX";
    directory_ = ::mkdtemp(name);
  }

  ~SupervisorTest() override {
    supervisor_.reset();
    std::filesystem::remove_all(directory_);
  }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }

  Command Shell(const std::string& name, const std::string& script) const {
    return {{"sh", "-c", script}, Path(name + ".log"), directory_};
  }

  // Usable once the file `name` is there.
  ServiceSpec Spec(const std::string& name, const std::string& script) const {
    ServiceSpec spec;
    spec.name = name;
    spec.command = Shell(name, script);
    spec.probe = [path = Path(name)]() -> Status {
      if (std::filesystem::exists(path)) {
        return Ok();
      }
      return Error(ErrorKind::kUnavailable, "no file " + path);
    };
    return spec;
  }

  void Start(RestartPolicy policy = {milliseconds(20), milliseconds(80), 3, seconds(30)}) {
    supervisor_ = *Supervisor::Start(policy);
  }

  Status Ready(const std::string& name) {
    return supervisor_->WaitReady(name, Deadline::After(seconds(20)), {});
  }

  // Waits until the only service's state satisfies the condition.
  template <typename Condition>
  bool Soon(Condition condition) {
    const Deadline deadline = Deadline::After(seconds(20));
    while (!deadline.Passed()) {
      if (condition(supervisor_->States().front())) {
        return true;
      }
      ::usleep(2000);
    }
    return false;
  }

  std::string Text(const std::string& name) const { return *ReadFile(Path(name)); }

  std::string directory_;
  std::unique_ptr<Supervisor> supervisor_;
};

TEST_F(SupervisorTest, PreparesOnceInOrderThenStarts) {
  Start();
  ServiceSpec spec = Spec("a", "echo run >> steps; touch a; exec sleep 600");
  spec.prepare = {Shell("a", "echo one >> steps"), Shell("a", "echo two >> steps")};
  ASSERT_TRUE(supervisor_->Add(std::move(spec)));
  ASSERT_TRUE(Ready("a"));
  EXPECT_EQ(Text("steps"), "one\ntwo\nrun\n");
  EXPECT_GT(supervisor_->States().front().pid, 0);
}

TEST_F(SupervisorTest, AFailedPreparationIsFinalAndShowsItsOutput) {
  Start();
  ServiceSpec spec = Spec("a", "touch a; exec sleep 600");
  spec.prepare = {Shell("a", "echo no space left; exit 4")};
  ASSERT_TRUE(supervisor_->Add(std::move(spec)));
  const Status ready = Ready("a");
  ASSERT_FALSE(ready);
  EXPECT_THAT(ready.error().message(), HasSubstr("preparing a: sh ended with exit code 4"));
  EXPECT_THAT(ready.error().message(), HasSubstr("no space left"));
}

TEST_F(SupervisorTest, ADeathAtTheStartIsFinalAndGivesTheLast20LinesOfThisStart) {
  ASSERT_TRUE(WriteFileAtomically(Path("a.log"), "an older start\n"));
  Start();
  ASSERT_TRUE(supervisor_->Add(Spec("a", "for i in $(seq 100); do echo line $i; done; exit 1")));
  const Status ready = Ready("a");
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code(), "E-DEMO-003");
  const std::string& text = ready.error().message();
  EXPECT_THAT(text, HasSubstr("a ended while starting with exit code 1; the last lines of "));
  EXPECT_THAT(text, HasSubstr("a.log:\nline 81\n"));
  EXPECT_THAT(text, HasSubstr("line 99\nline 100"));
  EXPECT_THAT(text, Not(HasSubstr("older")));
  EXPECT_EQ(supervisor_->Failure()->message(), text);
}

TEST_F(SupervisorTest, OneThatNeverBecomesUsableFailsWithWhatTheProbeSaid) {
  Start();
  ServiceSpec spec = Spec("a", "exec sleep 600");
  spec.ready_within = milliseconds(100);
  ASSERT_TRUE(supervisor_->Add(std::move(spec)));
  const Status ready = Ready("a");
  ASSERT_FALSE(ready);
  EXPECT_THAT(ready.error().message(), HasSubstr("a was not usable within 0.1 s (no file "));
}

TEST_F(SupervisorTest, AKilledServiceIsStartedAgain) {
  Start();
  ASSERT_TRUE(supervisor_->Add(Spec("a", "touch a; exec sleep 600")));
  ASSERT_TRUE(Ready("a"));
  const pid_t first = supervisor_->States().front().pid;
  ::kill(first, SIGKILL);
  EXPECT_TRUE(Soon([&](const ServiceState& s) {
    return s.phase == Phase::kReady && s.restarts == 1 && s.pid != first;
  }));
  EXPECT_THAT(
      supervisor_->States().front().error->message(), HasSubstr("a ended with signal 9 (KILL)")
  );
  EXPECT_EQ(supervisor_->Failure(), std::nullopt);
}

TEST_F(SupervisorTest, ARestartThatIsAskedForIsNoDeath) {
  Start();
  ASSERT_TRUE(supervisor_->Add(Spec("a", "touch a; exec sleep 600")));
  ASSERT_TRUE(Ready("a"));
  const ServiceState first = supervisor_->States().front();
  for (int restarts = 1; restarts <= 4; ++restarts) {  // more than deaths are forgiven
    ASSERT_TRUE(supervisor_->Restart("a"));
    ASSERT_TRUE(Soon([&](const ServiceState& s) {
      return s.phase == Phase::kReady && s.restarts == restarts && s.pid != first.pid;
    }));
  }
  EXPECT_EQ(supervisor_->States().front().error, std::nullopt);
  EXPECT_GE(supervisor_->States().front().since_us, first.since_us);
  EXPECT_EQ(supervisor_->Restart("b").error().kind(), ErrorKind::kNotFound);
}

TEST_F(SupervisorTest, OneThatKeepsDyingIsGivenUp) {
  Start();
  ASSERT_TRUE(supervisor_->Add(Spec("a", "echo x >> starts; touch a; sleep 0.05; exit 7")));
  ASSERT_TRUE(Soon([](const ServiceState& s) { return s.phase == Phase::kFailed; }));
  EXPECT_EQ(Text("starts"), "x\nx\nx\n");
  const std::string text = supervisor_->Failure()->message();
  EXPECT_THAT(text, HasSubstr("a ended with exit code 7: given up after 3 deaths in a row"));
}

TEST_F(SupervisorTest, StopsInReverseOrder) {
  Start();
  for (const std::string name : {"a", "b", "c"}) {
    ASSERT_TRUE(supervisor_->Add(Spec(
        name,
        "trap 'echo " + name + " >> stops; exit 0' TERM; touch " + name +
            "; while :; do sleep 0.02; done"
    )));
    ASSERT_TRUE(Ready(name));
  }
  supervisor_->Stop(Deadline::After(seconds(10)));
  EXPECT_EQ(Text("stops"), "c\nb\na\n");
}

TEST_F(SupervisorTest, OneStoppedByNameStaysStoppedAndTheOthersRun) {
  Start();
  for (const std::string name : {"a", "b"}) {
    ASSERT_TRUE(supervisor_->Add(Spec(name, "touch " + name + "; exec sleep 600")));
    ASSERT_TRUE(Ready(name));
  }
  const pid_t pid = supervisor_->States()[0].pid;
  supervisor_->StopOne("a", Deadline::After(seconds(10)));
  const auto states = supervisor_->States();
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(states[0].phase, Phase::kStopped);
  EXPECT_EQ(states[0].restarts, 0);
  EXPECT_EQ(states[1].phase, Phase::kReady);
}

TEST_F(SupervisorTest, StopEndsThoseThatIgnoreTermByTheDeadline) {
  Start();
  for (const std::string name : {"a", "b"}) {
    ASSERT_TRUE(supervisor_->Add(
        Spec(name, "trap '' TERM; touch " + name + "; while :; do sleep 0.02; done")
    ));
    ASSERT_TRUE(Ready(name));
  }
  const auto states = supervisor_->States();
  const auto before = Clock::Real().Now();
  supervisor_->Stop(Deadline::After(milliseconds(600)));
  EXPECT_LT(Clock::Real().Now() - before, seconds(5));
  for (const ServiceState& state : states) {
    EXPECT_EQ(::kill(state.pid, 0), -1) << state.name;
  }
}

TEST_F(SupervisorTest, WaitingEndsWhenStopped) {
  Start();
  ASSERT_TRUE(supervisor_->Add(Spec("a", "exec sleep 600")));
  std::stop_source stop;
  stop.request_stop();
  const Status ready = supervisor_->WaitReady("a", Deadline::After(seconds(20)), stop.get_token());
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().kind(), ErrorKind::kCancelled);
}

}  // namespace
}  // namespace rowhouse::services
