namespace Hawser.Federation;

/// <summary>What an admin's store holds of a height is not what was certified; everything before it is.</summary>
internal sealed class DamagedStoreException(uint height, string what) : Exception($"{what} of height {height} is missing or was changed")
{
    public uint Height => height;
}
