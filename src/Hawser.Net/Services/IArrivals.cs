using Hawser.Crypto;
using Hawser.Service;

namespace Hawser.Net.Services;

/// <summary>Who keeps account of files that come in, across a crash at any moment.</summary>
internal interface IArrivals
{
    /// <summary>A file is whole and about to get its name: what is needed to finish that later goes to disk first.</summary>
    /// <param name="offer">What was offered.</param>
    /// <param name="from">The sender.</param>
    /// <param name="partial">Where it is now.</param>
    /// <returns>A name for this arrival.</returns>
    string Begin(FileOffer offer, DhPublicKey from, string partial);

    /// <summary>So many bytes of an offer are here; 0 when it has ended, whichever way.</summary>
    void Came(FileOffer offer, DhPublicKey from, long bytes) { }

    /// <summary>It has its name, for good.</summary>
    void Named(string arrival, ReceivedFile file);
}
