using System.Diagnostics;
using System.Net;
using Hawser.Crypto;
using Hawser.Net;
using Hawser.Net.Datagrams;

namespace Hawser.Bench.Transport;

/// <summary>
/// Connections made one after the other, from each address slower than a host's budget for one: from many addresses
/// without a pause, from few with a rest between two, after which all caches are cold.
/// </summary>
internal static class ConnectLoad
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(60); // of one address

    public static async Task<string> DriveAsync(IPEndPoint remote, string key, int count, int addresses)
    {
        var endpoints = new List<DatagramEndpoint>();
        for (var i = 0; i < addresses; i++)
            endpoints.Add(await DatagramEndpoint.ListenAsync(new() { Local = new(IPAddress.Parse($"10.99.0.{Namespaces.FirstCaller + i}"), 0) }));
        List<double> micros = [], agreements = [];
        var (own, other) = (DhKeyPair.Generate(SystemEntropy.Shared), DhKeyPair.Generate(SystemEntropy.Shared).Public);
        var due = new long[addresses];
        for (var i = 0; i < count; i++)
        {
            var caller = i % addresses;
            var rest = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due[caller]);
            if (rest > TimeSpan.Zero) await Task.Delay(rest);
            var start = Stopwatch.GetTimestamp();
            due[caller] = start + (long)(Interval.TotalSeconds * Stopwatch.Frequency);
            await using (await endpoints[caller].ConnectAsync(remote, key))
            {
                if (i >= count / 3) micros.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds); // the first warm it up
            }

            start = Stopwatch.GetTimestamp();
            own.TryAgree(other, out _);
            agreements.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        foreach (var endpoint in endpoints) await endpoint.DisposeAsync();
        agreements.Sort();
        return $"{Percentiles.Line([.. micros])} {Pair.Line(("agreement", agreements[agreements.Count / 2]))}";
    }

    /// <summary>Has nothing to say to those that come.</summary>
    public sealed class Host : ConnectionHandler;
}
