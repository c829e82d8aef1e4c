using Hawser.Crypto;
using Hawser.Handshake;

namespace Hawser.Bench.Transport;

/// <summary>Connecting: its time between two namespaces, its work at a host, what is kept, and a flood of strangers.</summary>
internal static class HandshakeBench
{
    private const int Handshakes = 2_000;
    private const int Challenges = 200_000;
    private const int Idle = 10_000;
    private const int Connects = 240; // the first third is not counted: code that runs for the first time is slow

    public static Task<Report> RunAsync(int runs)
    {
        using var net = new Namespaces();
        var engine = CipherEngines.For(Aead.Aes256Gcm);
        List<double> bare = [], connect = [], byTicket = [], byKey = [], agreements = [], challenges = [], idle = [];
        for (var run = 0; run < runs; run++)
        {
            bare.Add(Pair.Run(net, "udp", engine, "0", "640")["p50"] / 1_000);
            connect.Add(Pair.Run(net, "connect", engine, $"{Connects}", "0")["p50"] / 1_000);
            byTicket.Add(HostLoad.Handshakes(HandshakeLetter.I, Handshakes));
            byKey.Add(HostLoad.Handshakes(HandshakeLetter.N, Handshakes));
            agreements.Add(HostLoad.BareAgreements(Handshakes));
            challenges.Add(HostLoad.Challenges(Challenges));
            idle.Add(Pair.Run(net, "idle", engine, "0", $"{Idle}")["bytes"]);
        }

        var agreement = new Yardstick("bare_agreements", Figure.Median(agreements));
        Figure[] figures =
        [
            Figure.Of("connect_p50", "ms", connect, new("udp_p50", Figure.Median(bare))),
            Figure.Of("handshakes_per_core", "1/s", byTicket, agreement),
            Figure.Of("handshakes_per_core_by_key", "1/s", byKey, agreement),
            Figure.Of("challenge_answers_per_s", "1/s", challenges),
            Figure.Of("idle_connection_bytes", "B", idle),
            .. FloodLoad.Run(net),
        ];
        return Task.FromResult(new Report("handshake", Machine.Description, figures));
    }
}
