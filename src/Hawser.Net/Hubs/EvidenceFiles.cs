using Hawser.Federation;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Hubs;

/// <summary>Proofs against admins, each in a file of its own in the home: small, and good to be sent around.</summary>
internal static class EvidenceFiles
{
    public static void Keep(Home home, FraudProof proof, ILogger log)
    {
        try
        {
            var folder = Directory.CreateDirectory(Path.Combine(home.Folder, "evidence"));
            var bytes = proof.Write();
            var name = $"{proof.Admin}-{proof.KindText}-{Convert.ToHexStringLower(Crypto.Sha256.Hash(bytes.AsSpan()).ToArray().AsSpan(..4))}.fraud";
            var path = Path.Combine(folder.FullName, name);
            if (File.Exists(path)) return;
            File.WriteAllBytes(path, bytes);
            log.AdminConvicted(proof.Admin.ToString(), proof.KindText, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.EvidenceLost(e);
        }
    }
}
