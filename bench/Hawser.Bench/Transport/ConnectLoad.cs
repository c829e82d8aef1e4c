using System.Diagnostics;
using System.Net;
using Hawser.Net.Datagrams;

namespace Hawser.Bench.Transport;

/// <summary>Connections made one after the other, slower than a host's budget for one address.</summary>
internal static class ConnectLoad
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(60);

    public static async Task<string> DriveAsync(DatagramEndpoint endpoint, IPEndPoint remote, string key, int count)
    {
        var micros = new List<double>();
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await using (await endpoint.ConnectAsync(remote, key))
            {
                if (i >= count / 3) micros.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds); // the first warm it up
            }

            await Task.Delay(Interval);
        }

        return Percentiles.Line([.. micros]);
    }
}
