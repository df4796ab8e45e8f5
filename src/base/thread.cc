#include "base/thread.h"

#include <cstdlib>
#include <exception>
#include <pthread.h>

#include "base/log.h"

namespace rowhouse {

Thread::Thread(std::string name, std::function<void(std::stop_token)> body)
    : thread_([name = std::move(name), body = std::move(body)](std::stop_token stop) {
        pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
        try {
          body(stop);
        } catch (const std::exception& e) {
          LogError("thread died of an exception", {{"thread", name}, {"err", e.what()}});
          std::abort();
        }
      }) {}

}  // namespace rowhouse
