using Hawser.Net.Hubs;
using Hawser.Net.Proving;

namespace Hawser.Net;

/// <summary>A hub that proves addresses and delivers to who consents: where <see cref="Sp3Sender"/> and <see cref="Sp3Receiver"/> meet.</summary>
/// <example><code>
/// var hub = await Sp3Hub.FindAsync("https://hub.example.org", cancel);
/// await using var receiver = await Sp3Receiver.OpenAsync(hub, cancel: cancel);
/// Console.WriteLine(receiver.Address);                                    // tell it to who is to send
/// await foreach (var payload in receiver.ReadAllAsync(cancel)) …
/// </code></example>
public sealed class Sp3Hub
{
    private Sp3Hub(ProvingPlace place) => Place = place;

    /// <summary>As its card has it.</summary>
    public string Name => Place.Name;

    internal ProvingPlace Place { get; }

    /// <summary>Finds a hub by the link that its admin gives out, or by its address on the web.</summary>
    /// <param name="hub">The link, or as in https://hub.example.org.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="HawserException">It is not there, or proves no addresses.</exception>
    public static async Task<Sp3Hub> FindAsync(string hub, CancellationToken cancel = default)
    {
        using var http = new HubClient();
        return new(await ProvingPlace.FindAsync(hub, null, null, http, cancel).ConfigureAwait(false));
    }
}
