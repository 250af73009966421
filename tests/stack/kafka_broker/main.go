// A Kafka broker for tests: TLS and SASL/SCRAM as in production, in memory. It creates three topics, then prints what
// arrives in them, one JSON object a line: topic, key (hexadecimal), value (base64).
//
//	kafka-broker -port N -cert FILE -key FILE -user NAME -password TEXT
package main

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

var topics = []string{"otlp_spans", "otlp_logs", "otlp_metrics"}

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	port := flag.Int("port", 0, "port of 127.0.0.1")
	cert := flag.String("cert", "", "certificate")
	key := flag.String("key", "", "private key")
	user := flag.String("user", "", "who may write")
	password := flag.String("password", "", "password")
	flag.Parse()

	pair, err := tls.LoadX509KeyPair(*cert, *key)
	if err != nil {
		return err
	}
	cluster, err := kfake.NewCluster(
		kfake.Ports(*port),
		kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}),
		kfake.EnableSASL(),
		kfake.Superuser("SCRAM-SHA-512", *user, *password),
		kfake.SeedTopics(2, topics...),
	)
	if err != nil {
		return err
	}
	defer cluster.Close()
	client, err := kgo.NewClient(
		kgo.SeedBrokers(cluster.ListenAddrs()...),
		// The reader is this process itself.
		kgo.DialTLSConfig(&tls.Config{InsecureSkipVerify: true}), //nolint:gosec
		kgo.SASL(scram.Auth{User: *user, Pass: *password}.AsSha512Mechanism()),
		kgo.ConsumeTopics(topics...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	out := json.NewEncoder(os.Stdout)
	for {
		fetches := client.PollFetches(context.Background())
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, record := range fetches.Records() {
			err := out.Encode(map[string]string{
				"topic": record.Topic,
				"key":   hex.EncodeToString(record.Key),
				"value": base64.StdEncoding.EncodeToString(record.Value),
			})
			if err != nil {
				return err
			}
		}
	}
}
