using Hawser.Crypto;
using Hawser.Service;

namespace Hawser.Net.Services;

/// <summary>Arrivals of a program that keeps no account of its own: it is called, and that is all.</summary>
internal sealed class ArrivalCalls(Action<ReceivedFile>? received) : IArrivals
{
    public Action<ReceivedFile>? Received => received;

    public string Begin(FileOffer offer, DhPublicKey from, string partial) => "";

    public void Named(string arrival, ReceivedFile file) => received?.Invoke(file);
}
