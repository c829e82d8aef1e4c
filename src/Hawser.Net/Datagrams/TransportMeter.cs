using System.Diagnostics.Metrics;

namespace Hawser.Net.Datagrams;

/// <summary>The instruments of an endpoint. They look when they are asked and cost nothing else.</summary>
internal sealed class TransportMeter : IDisposable
{
    private readonly Meter _meter;

    public TransportMeter(IMeterFactory factory, DatagramEndpoint endpoint)
    {
        _meter = factory.Create("Hawser.Transport");
        _meter.CreateObservableUpDownCounter("hawser.connections", () => endpoint.Connections.Count(), "{connection}", "Connections that stand.");
        _meter.CreateObservableGauge("hawser.connection.rtt", () => Each(endpoint, s => s.Rtt.TotalSeconds), "s", "Smoothed round trip.");
        _meter.CreateObservableCounter("hawser.connection.received", () => Each(endpoint, s => s.BytesIn), "By", "Bytes of packets received.");
        _meter.CreateObservableCounter("hawser.connection.sent", () => Each(endpoint, s => s.BytesOut), "By", "Bytes of packets sent.");
        _meter.CreateObservableCounter("hawser.connection.lost", () => Each(endpoint, s => s.PacketsLost), "{packet}", "Packets sent in vain.");
        _meter.CreateObservableCounter("hawser.dropped", () => endpoint.GetDropped().Select(d => new Measurement<long>(d.Value, new KeyValuePair<string, object?>("reason", d.Key))),
            "{packet}", "Packets that belonged to no connection.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<T>> Each<T>(DatagramEndpoint endpoint, Func<ConnectionStatistics, T> of)
        where T : struct
    {
        foreach (var connection in endpoint.Connections)
        {
            if (connection.GetStatistics() is { } statistics)
                yield return new(of(statistics), new KeyValuePair<string, object?>("connection", connection.Id.Value));
        }
    }
}
