"""A client that is not Docket's: Python grpcio, with code generated from proto/ and with none at all (reflection).

Records, reads a status, follows a subscription, is refused, and sees the server stop. Run by tests/interop/run.
"""

import csv
import io
import os
import shutil
import subprocess
import tempfile
import threading
import unittest
import uuid

import grpc
import processes
from google.protobuf import descriptor_pool, json_format, message_factory
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

from docket.v1 import events_pb2, export_service_pb2, export_service_pb2_grpc
from docket.v1 import history_service_pb2, history_service_pb2_grpc, record_service_pb2, record_service_pb2_grpc
from docket.v1 import status_service_pb2, status_service_pb2_grpc
from docket.v1 import subscription_service_pb2, subscription_service_pb2_grpc
from processes import WAIT_SECONDS


def notice(instrument, year, month, day, authority="E06000010"):
    return json_format.ParseDict(
        {
            "eventId": str(uuid.uuid4()),
            "stream": f"authority/{authority}",
            "happenedOn": {"year": year, "month": month, "day": day},
            "sources": [{"title": "Department for Education, improvement notice"}],
            "confidence": "CONFIDENCE_OFFICIAL",
            "improvementNoticeIssued": {
                "instrument": instrument,
                "domain": "SERVICE_DOMAIN_CHILDRENS_SOCIAL_CARE",
            },
        },
        events_pb2.Event(),
    )


def details(error):
    """The typed details of a failed call, by type."""
    found = {}
    for packed in rpc_status.from_call(error).details:
        for kind in (error_details_pb2.ErrorInfo, error_details_pb2.BadRequest, error_details_pb2.PreconditionFailure):
            message = kind()
            if packed.Unpack(message):
                found[kind.__name__] = message
    return found


class Server(processes.Server):
    """A server on a data directory that goes with it."""

    def __init__(self):
        self.directory = tempfile.mkdtemp()
        super().__init__(os.path.join(self.directory, "data"))

    def stop(self):
        code = super().stop()
        shutil.rmtree(self.directory)
        return code


class Client(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.records = record_service_pb2_grpc.RecordServiceStub(cls.server.channel)
        cls.statuses = status_service_pb2_grpc.StatusServiceStub(cls.server.channel)
        cls.subscriptions = subscription_service_pb2_grpc.SubscriptionServiceStub(cls.server.channel)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def record(self, *events, **more):
        return self.records.Record(record_service_pb2.RecordRequest(events=events, **more), timeout=WAIT_SECONDS)

    def status(self, authority, year, month, day):
        request = status_service_pb2.GetStatusRequest(authority=authority)
        request.as_of.effective_date.year = year
        request.as_of.effective_date.month = month
        request.as_of.effective_date.day = day
        return self.statuses.GetStatus(request, timeout=WAIT_SECONDS).status

    def test_a_fact_is_recorded_once_and_changes_the_status_from_its_day(self):
        event = notice("notice-interop", 2022, 8, 5)
        first = self.record(event)
        again = self.record(event)
        self.assertTrue(again.already_recorded)
        self.assertEqual(first.recorded[0].position, again.recorded[0].position)
        self.assertEqual(first.recorded[0].stream, "authority/kingston-upon-hull")
        self.assertEqual(len(first.recorded[0].leaf_hash), 32)
        self.assertEqual([i.instrument for i in self.status("Hull", 2022, 8, 4).instruments], [])
        instruments = self.status("80477", 2022, 8, 5).instruments
        self.assertEqual([i.instrument for i in instruments], ["notice-interop"])
        self.assertEqual(list(instruments[0].rests_on), [event.event_id])

    def test_all_bad_fields_are_named_at_once(self):
        bad = notice("notice with spaces", 2022, 13, 5)
        with self.assertRaises(grpc.RpcError) as raised:
            self.record(bad)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        fields = [v.field for v in details(raised.exception)["BadRequest"].field_violations]
        self.assertIn("events[0].happened_on", fields)
        self.assertIn("events[0].improvement_notice_issued.instrument", fields)

    def test_a_stale_revision_is_aborted_with_a_typed_reason(self):
        expected = record_service_pb2.ExpectedRevision(stream="authority/leeds", revision=999)
        with self.assertRaises(grpc.RpcError) as raised:
            self.record(notice("notice-stale", 2022, 1, 5, "leeds"), expected=[expected])
        self.assertEqual(raised.exception.code(), grpc.StatusCode.ABORTED)
        self.assertEqual(details(raised.exception)["ErrorInfo"].reason, "STALE_REVISION")

    def test_an_impossible_fact_is_refused_by_rule(self):
        lifted = notice("ignored", 2022, 1, 5, "leeds")
        lifted.instrument_lifted.instrument = "notice-never-issued"
        with self.assertRaises(grpc.RpcError) as raised:
            self.record(lifted)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.FAILED_PRECONDITION)
        violations = details(raised.exception)["PreconditionFailure"].violations
        self.assertEqual([v.type for v in violations], ["INSTRUMENT_NEVER_ISSUED"])

    def test_an_ambiguous_name_is_answered_with_the_candidates(self):
        with self.assertRaises(grpc.RpcError) as raised:
            self.status("Dorset", 2025, 1, 1)
        info = details(raised.exception)["ErrorInfo"]
        self.assertEqual(info.reason, "AMBIGUOUS_AUTHORITY")
        self.assertIn("dorset-county", str(info.metadata))

    def test_a_subscription_catches_up_goes_live_and_repeats_nothing(self):
        before = self.record(notice("notice-before", 2021, 3, 1, "leeds")).recorded[0].position
        filters = history_service_pb2.EventFilter(authorities=["leeds"], kinds=["improvement_notice_issued"])
        request = subscription_service_pb2.SubscribeRequest(filter=filters, after_position=0)
        stream = self.subscriptions.Subscribe(request, timeout=WAIT_SECONDS)
        seen, caught_up, live = [], False, None
        for response in stream:
            kind = response.WhichOneof("message")
            if kind == "event":
                seen.append(response.event.position)
                if seen[-1] == live:
                    break
            elif kind == "caught_up":
                self.assertFalse(caught_up, "caught up is said once")
                caught_up = True
                live = self.record(notice("notice-after", 2021, 4, 1, "leeds")).recorded[0].position
        stream.cancel()
        self.assertEqual(seen, [before, live])

    def test_filters_are_combined(self):
        self.record(notice("notice-north", 2020, 5, 1, "leeds"), notice("notice-south", 2020, 5, 1, "devon"))
        kind = history_service_pb2.EventFilter(kinds=["improvement_notice_issued"], effective_since={"year": 2020, "month": 5, "day": 1})
        elsewhere = history_service_pb2.EventFilter(regions=["South West"])
        filters = history_service_pb2.EventFilter(all_of=[kind], none_of=[elsewhere], authorities=["leeds", "devon"])
        stub = history_service_pb2_grpc.HistoryServiceStub(self.server.channel)
        request = history_service_pb2.ReadHistoryRequest(filter=filters)
        told = [answer.event.event for answer in stub.ReadHistory(request, timeout=WAIT_SECONDS)]
        self.assertIn("notice-north", [event.improvement_notice_issued.instrument for event in told])
        self.assertEqual({event.stream for event in told}, {"authority/leeds"})

    def test_a_table_says_what_the_status_says(self):
        self.record(notice("notice-table", 2019, 6, 3, "barnet"))
        request = export_service_pb2.ExportRequest(
            table=export_service_pb2.TABLE_INSTRUMENTS, format=export_service_pb2.TABLE_FORMAT_CSV, authorities=["barnet"]
        )
        request.as_of.effective_date.year, request.as_of.effective_date.month, request.as_of.effective_date.day = 2019, 6, 3
        answers = list(export_service_pb2_grpc.ExportServiceStub(self.server.channel).Export(request, timeout=WAIT_SECONDS))
        head, pieces = answers[0].head, b"".join(answer.piece for answer in answers[1:])
        rows = list(csv.DictReader(io.StringIO(pieces.decode(), newline="")))
        self.assertEqual([column.name for column in head.columns], list(rows[0]))
        self.assertIn("docket/", head.checkpoint)
        told = [(row["instrument"], row["from_date"], row["standing"]) for row in rows]
        self.assertEqual(told, [("notice-table", "2019-06-03", "in_force")])
        self.assertEqual([i.instrument for i in self.status("barnet", 2019, 6, 3).instruments], ["notice-table"])

    def test_the_server_describes_itself(self):
        database = ProtoReflectionDescriptorDatabase(self.server.channel)
        self.assertIn("docket.v1.RecordService", database.get_services())
        pool = descriptor_pool.DescriptorPool(database)
        method = pool.FindServiceByName("docket.v1.StatusService").FindMethodByName("GetStatus")
        request = message_factory.GetMessageClass(method.input_type)(authority="E06000010")
        response_class = message_factory.GetMessageClass(method.output_type)
        call = self.server.channel.unary_unary(
            "/docket.v1.StatusService/GetStatus",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=response_class.FromString,
        )
        response = call(request, timeout=WAIT_SECONDS)
        self.assertEqual(response.status.authority.id, "kingston-upon-hull")

    def test_the_server_is_healthy(self):
        stub = health_pb2_grpc.HealthStub(self.server.channel)
        for service in ("", "docket.v1.RecordService"):
            answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=WAIT_SECONDS)
            self.assertEqual(answer.status, health_pb2.HealthCheckResponse.SERVING)

    @unittest.skipUnless(shutil.which("grpcurl"), "grpcurl is not on this machine")
    def test_grpcurl_reads_a_status(self):
        command = ["grpcurl", "-plaintext", "-d", '{"authority": "E06000010"}', self.server.address]
        answer = subprocess.run(command + ["docket.v1.StatusService/GetStatus"], capture_output=True, text=True, check=True)
        self.assertIn('"kingston-upon-hull"', answer.stdout)


class Stopping(unittest.TestCase):
    def test_a_stream_ends_with_a_status_and_the_process_with_success(self):
        server = Server()
        stub = subscription_service_pb2_grpc.SubscriptionServiceStub(server.channel)
        stream = stub.Subscribe(subscription_service_pb2.SubscribeRequest(after_position=0), timeout=WAIT_SECONDS)
        stopped = threading.Event()
        code = []
        with self.assertRaises(grpc.RpcError) as raised:
            for response in stream:
                if response.WhichOneof("message") == "caught_up" and not stopped.is_set():
                    stopped.set()
                    threading.Thread(target=lambda: code.append(server.stop())).start()
        self.assertEqual(raised.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(details(raised.exception)["ErrorInfo"].reason, "SHUTTING_DOWN")
        server.process.wait(timeout=WAIT_SECONDS)
        self.assertEqual(server.process.returncode, 0)


if __name__ == "__main__":
    unittest.main()
