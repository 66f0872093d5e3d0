"""What programs other than installers follow: RSS feeds and the sitemap."""
