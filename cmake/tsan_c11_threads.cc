// C11's threads as POSIX's, for the thread sanitizer.
//
// librdkafka's threads, locks and conditions are C11's. g++ 12's sanitizer does not know them: a
// thread made so has no state in it and dies at its first allocation, and what such a lock orders
// looks like a race. glibc's are the POSIX ones under another name, so the linker (--wrap) is given
// these instead.
#include <cerrno>
#include <cstdint>
#include <memory>
#include <pthread.h>

#include <threads.h>

static_assert(sizeof(thrd_t) == sizeof(pthread_t));
static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t));
static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t));

namespace {

struct Start {
  thrd_start_t run;
  void* argument;
};

void* Run(void* given) {
  const std::unique_ptr<Start> start(static_cast<Start*>(given));
  return reinterpret_cast<void*>(static_cast<intptr_t>(start->run(start->argument)));
}

pthread_mutex_t* Posix(mtx_t* mutex) {
  return reinterpret_cast<pthread_mutex_t*>(mutex);
}

pthread_cond_t* Posix(cnd_t* condition) {
  return reinterpret_cast<pthread_cond_t*>(condition);
}

int C11(int error) {
  switch (error) {
    case 0:
      return thrd_success;
    case ETIMEDOUT:
      return thrd_timedout;
    case EBUSY:
      return thrd_busy;
    case ENOMEM:
      return thrd_nomem;
    default:
      return thrd_error;
  }
}

}  // namespace

extern "C" {

// librdkafka counts references by atomics that are not instrumented, so that the end of what it
// counted looks unordered.
[[gnu::visibility("default")]] const char* __tsan_default_suppressions() {
  return "race:^rwlock_destroy$\n";
}

int __wrap_thrd_create(thrd_t* thread, thrd_start_t run, void* argument) {
  auto start = std::make_unique<Start>(Start{run, argument});
  const int error = pthread_create(thread, nullptr, Run, start.get());
  if (error == 0) {
    static_cast<void>(start.release());  // Run has it
  }
  return C11(error);
}

int __wrap_thrd_join(thrd_t thread, int* result) {
  void* given = nullptr;
  const int error = pthread_join(thread, &given);
  if (error == 0 && result != nullptr) {
    *result = static_cast<int>(reinterpret_cast<intptr_t>(given));
  }
  return C11(error);
}

int __wrap_mtx_lock(mtx_t* mutex) {
  return C11(pthread_mutex_lock(Posix(mutex)));
}

int __wrap_mtx_unlock(mtx_t* mutex) {
  return C11(pthread_mutex_unlock(Posix(mutex)));
}

int __wrap_cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return C11(pthread_cond_wait(Posix(condition), Posix(mutex)));
}

int __wrap_cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  return C11(pthread_cond_timedwait(Posix(condition), Posix(mutex), until));
}

int __wrap_cnd_signal(cnd_t* condition) {
  return C11(pthread_cond_signal(Posix(condition)));
}

int __wrap_cnd_broadcast(cnd_t* condition) {
  return C11(pthread_cond_broadcast(Posix(condition)));
}

}  // extern "C"
