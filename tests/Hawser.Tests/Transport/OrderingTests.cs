using Hawser.Crypto;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Xunit;

namespace Hawser.Tests.Transport;

/// <summary>What is promised of datagrams holds on every wire, however bad. HAWSER_LONG runs ten thousand of them.</summary>
public class OrderingTests
{
    private const int Datagrams = 60;
    private static readonly int Runs = Environment.GetEnvironmentVariable("HAWSER_LONG") is null ? 500 : 10_000;

    [Theory, InlineData(true), InlineData(false)]
    public void Sequences_rise_and_each_datagram_has_one_true_verdict_in_order_in_every_run(bool isWide)
    {
        for (var run = 1; run <= Runs; run++)
        {
            var random = new SimRandom((ulong)run);
            var link = new SimLink(
                TimeSpan.FromMilliseconds(1 + random.Next(30)), TimeSpan.FromMilliseconds(random.Next(40)),
                Loss: random.NextDouble() * 0.3, Duplication: random.NextDouble() * 0.3);
            var last = run % 5 == 0 ? (1L << 32) - 30 : 0;
            var pair = new ConnectionPair(
                (ulong)run, link, run % 2 == 0 ? Aead.Aes256Gcm : Aead.ChaCha20Poly1305, lastI: last,
                window: 8 << random.Next(6), tagSize: run % 2 == 0 ? 12 + random.Next(5) : 16,
                isWide: isWide).Opened();
            if (pair.H.Connection.State is not ConnectionState.Open) continue; // nothing came through for five seconds
            var sent = 0;
            for (var i = 1; i <= Datagrams; i++)
            {
                if (pair.I.Connection.Send(BitConverter.GetBytes(sent + 1)).Status is SendStatus.Sent) sent++;
                pair.Run(random.Next(4));
            }

            // Some runs end in the middle: then what has no verdict gets one.
            if (run % 4 == 0) pair.I.Connection.Close(pair.Now, CloseReason.DisconnectCall);
            for (var wait = 0; wait < 20 && (wait == 0 || pair.I.All<EndpointEvent.DeliveryNotified>().Count() < sent); wait++) pair.Run(3_000);
            Check(run, pair, sent, isWide ? 0 : last);
        }
    }

    // Wide datagrams have numbers of their own, narrow ones those of their packets.
    private static void Check(int run, ConnectionPair pair, int sent, long before)
    {
        var received = pair.H.All<EndpointEvent.DatagramReceived>().ToList();
        var verdicts = pair.I.All<EndpointEvent.DeliveryNotified>().ToList();
        Assert.True(received.Zip(received.Skip(1)).All(p => p.First.Sequence < p.Second.Sequence), $"run {run}: sequences rise");
        Assert.True(received.All(d => BitConverter.ToInt32(d.Bytes) == (long)d.Sequence - before), $"run {run}: each is what was sent");
        Assert.True(verdicts.Select(v => (int)((long)v.Sequence - before)).SequenceEqual(Enumerable.Range(1, sent)), $"run {run}: one verdict each, in order");
        var delivered = received.Select(d => d.Sequence).ToHashSet();
        Assert.True(verdicts.All(v => !v.Delivered || delivered.Contains(v.Sequence)), $"run {run}: what is said to be there is there");
        if (run % 4 != 0) Assert.True(verdicts.All(v => v.Delivered == delivered.Contains(v.Sequence)), $"run {run}: and what is not, is not");
    }
}
