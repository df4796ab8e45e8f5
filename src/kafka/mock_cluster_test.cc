#include "kafka/mock_cluster_test.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

namespace rowhouse::kafka {

MockCluster::MockCluster(int brokers) : brokers_(brokers) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "test.mock.num.brokers", std::to_string(brokers).c_str(), nullptr, 0);
  rd_kafka_conf_set(conf, "log_level", "0", nullptr, 0);
  host_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
  native_ = rd_kafka_handle_mock_cluster(host_);
}

MockCluster::~MockCluster() {
  rd_kafka_destroy(host_);
}

std::string MockCluster::bootstrap() const {
  return rd_kafka_mock_cluster_bootstraps(native_);
}

void MockCluster::MakeTopic(const std::string& topic, int partitions) {
  rd_kafka_mock_topic_create(native_, topic.c_str(), partitions, 1);
}

void MockCluster::FailNext(wire::ApiKey key, std::initializer_list<int> codes) {
  for (const int code : codes) {
    rd_kafka_mock_push_request_errors(
        native_, static_cast<int16_t>(key), 1, static_cast<rd_kafka_resp_err_t>(code)
    );
  }
}

void MockCluster::SetBrokers(bool up) {
  for (int id = 1; id <= brokers_; ++id) {
    up ? rd_kafka_mock_broker_set_up(native_, id) : rd_kafka_mock_broker_set_down(native_, id);
  }
}

}  // namespace rowhouse::kafka
