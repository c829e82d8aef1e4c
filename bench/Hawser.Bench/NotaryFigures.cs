using System.Diagnostics;
using Hawser.Crypto;
using Hawser.Net;
using Hawser.Proof;

namespace Hawser.Bench;

/// <summary>What a notary signs in a second on one core, from the words of a request to the bytes of the answer.</summary>
internal static class NotaryFigures
{
    private const int Count = 20_000;

    public static Figure PerCore(int runs)
    {
        var ring = new NotaryKeyRing([]);
        var now = DateTimeOffset.UtcNow;
        ring.Turn(now, SystemEntropy.Shared);
        var office = new NotaryOffice(ring);
        var proxies = new TrustedProxies([AddressNetwork.TryParse("10.0.0.0/8", out var network) ? network : default]);
        var proxy = HostPort.Read([10, 0, 0, 1], 40_000);
        List<double> statements = [], bare = [];
        Run(office, proxies, proxy, now, Count / 10); // compiled
        for (var run = 0; run < Math.Max(runs, 5); run++)
        {
            statements.Add(Run(office, proxies, proxy, now, Count));
            bare.Add(Bare());
        }

        return Figure.Of("notary_per_core", "1/s", statements, new("Ed25519 signatures of as many bytes, nothing else", Figure.Median(bare))) with
        {
            Method = "nonce, audience and X-Forwarded-For read, address checked, statement signed and written; without HTTP",
        };
    }

    private static double Run(NotaryOffice office, TrustedProxies proxies, HostPort proxy, DateTimeOffset now, int count)
    {
        var nonce = Sha256.Hash("nonce"u8).ToString();
        var written = 0L;
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            var client = proxies.ClientOf(proxy, "198.51.100.99, 203.0.113.7");
            if (office.Notarize(now, nonce, "0a9-lljk28n", client, out var statement) is not NotaryVerdict.Signed) throw new BenchException("a notary refused");
            written += statement!.Write().Length;
        }

        var seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
        if (written < count * 200L) throw new BenchException("statements are too short");
        return count / seconds;
    }

    private static double Bare()
    {
        var key = new SigningKey(Sha256.Hash("key"u8));
        var text = new byte[180];
        Span<byte> signature = stackalloc byte[SigningKey.SignatureSize];
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < Count; i++) key.Sign(text, signature);
        return Count / Stopwatch.GetElapsedTime(since).TotalSeconds;
    }
}
